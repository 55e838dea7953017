"""What texts share: one line, and how a reply takes the alert."""

from typing import Final

from alerts.channels.channel import Message, Traits

TRAITS: Final = Traits("phone", is_text=True, opens_links=False)


def text_of(message: Message) -> str:
    """The title, and how it is answered where it can be."""
    return " ".join(message.title.split()) + (f" {message.reply}" if message.reply else "")
