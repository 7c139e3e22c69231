"""What must not happen on a page that is looked at in a browser."""

from __future__ import annotations

from playwright.sync_api import ConsoleMessage, Dialog, Page, Request


def watch(page: Page) -> list[str]:
    """The problems that the page will meet: in a script, in the console, markup that is run, a request elsewhere."""
    problems: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        # Streamlit asks for its own routes beside a page's path first, and finds them at the root after a 404. A page
        # that is being left may still have a component that speaks.
        leaving = message.text.startswith("Cannot send rerun backMessage when disconnected")
        if message.type == "error" and not leaving and "/_stcore/" not in message.location.get("url", ""):
            problems.append(f"console: {message.text}")

    def on_dialog(dialog: Dialog) -> None:
        problems.append(f"a name was run: {dialog.message}")
        dialog.dismiss()

    def on_request(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            problems.append(f"left the machine: {request.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: problems.append(f"script: {error}"))
    page.on("dialog", on_dialog)
    page.on("request", on_request)
    return problems


def exceptions_on(page: Page) -> list[str]:
    """What Streamlit shows of errors that nobody said in words."""
    return [f"exception: {text}" for text in page.locator("[data-testid=stException]").all_inner_texts()]
