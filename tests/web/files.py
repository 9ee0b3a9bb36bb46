"""Files that people choose and see."""

from base64 import b64encode

from playwright.sync_api import expect

from tests.uploaded import photograph, picture


def payload(name: str, kind: str, content: bytes) -> dict:
    return {"name": name, "mimeType": kind, "buffer": content}


PHOTO = payload("holiday.jpg", "image/jpeg", photograph())


def choose(person, *files) -> None:
    person.page.locator("#attach-files").set_input_files(list(files))


def hand_over(person, event: str, where: str, *files: dict) -> bool:
    """Paste, drag or drop these files, as a browser tells of it; whether the page leaves them to the browser."""
    return person.page.evaluate(
        """([type, where, files]) => {
          const data = new DataTransfer()
          for (const { name, kind, bytes } of files) {
            const content = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))
            data.items.add(new File([content], name, { type: kind }))
          }
          const options = { bubbles: true, cancelable: true }
          const event = type === "paste" ? new ClipboardEvent(type, { ...options, clipboardData: data })
            : new DragEvent(type, { ...options, dataTransfer: data })
          return document.querySelector(where).dispatchEvent(event)
        }""",
        [event, where, [as_base64(file) for file in files]],
    )


def as_base64(file: dict) -> dict:
    return {"name": file["name"], "kind": file["mimeType"], "bytes": b64encode(file["buffer"]).decode()}


def tray(person):
    return person.page.locator("#attach-tray li")


def pictures(person):
    return person.page.locator("#messages .picture img")


def is_loaded(image) -> None:
    expect(image).to_be_visible()
    image.evaluate("image => image.decode()")
    assert image.evaluate("image => image.naturalWidth") > 0


def show_picture(person) -> None:
    """Their own, from now on."""
    upload = person.call("POST", "uploads", name="me.png", size=len(picture()))
    token = next(cookie["value"] for cookie in person.context.cookies() if cookie["name"] == "csrftoken")
    person.context.request.patch(
        f"{person.page.url.split('#')[0]}api/v1/uploads/{upload['id']}?offset=0",
        data=picture(),
        headers={"X-CSRFToken": token, "Content-Type": "application/octet-stream"},
    )
    person.call("PUT", "me/avatar", upload=upload["id"])
