"""What texts share: one line, and how a reply takes the alert."""

from typing import Final

from alerts.channels.channel import Message, Traits

TRAITS: Final = Traits("phone", is_text=True, opens_links=False)
REPLY: Final = {"zh": "回复{code}接单", "en": "Reply {code} to take it"}


def text_of(message: Message) -> str:
    """The title, and the code that takes the alert where there is one."""
    title = " ".join(message.title.split())
    if message.code is None:
        return title
    words = REPLY.get(message.language, REPLY["en"]).format(code=message.code)
    return f"{title} {words}"
