// Swagger UI on our schema. Who is signed in on the page can try everything: the CSRF token goes along.

const place = document.getElementById('swagger-ui')

function csrfToken() {
  const found = document.cookie.split('; ').find((cookie) => cookie.startsWith('csrftoken='))
  return found ? decodeURIComponent(found.slice('csrftoken='.length)) : ''
}

window.SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  validatorUrl: null, // nothing is asked of the internet
  requestInterceptor(request) {
    request.headers['X-CSRFToken'] = csrfToken()
    return request
  },
})
