// Swagger UI on our schema. Who is signed in on the page can try everything: the CSRF token goes along.

const place = document.getElementById('swagger-ui')

// Swagger UI's own dark colours, where the page has them: by choice (imsite.theme), else as the system does.
const system = matchMedia('(prefers-color-scheme: dark)')

function chosen() {
  try {
    return localStorage.getItem('imsite.theme')
  } catch {
    return null
  }
}

function colour() {
  const theme = chosen()
  document.documentElement.classList.toggle('dark-mode', theme === 'dark' || theme !== 'light' && system.matches)
}

system.addEventListener('change', colour)
colour()

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
