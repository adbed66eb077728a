"""Checks messages for Teams against the schemas that Microsoft's models of cards make, and that broken ones fail."""

import copy
import inspect
import json
import sys

import microsoft_teams.cards as cards
from jsonschema import Draft202012Validator

MODELS = {}
for _, model in inspect.getmembers(cards, inspect.isclass):
    kind = getattr(model, "model_fields", {}).get("type")
    if kind is not None:
        MODELS[kind.default] = model


def schema(kind):
    """The models let any key pass; a misspelt one must not."""
    made = MODELS[kind].model_json_schema(by_alias=True)
    for part in [made, *made.get("$defs", {}).values()]:
        # The bases stand for whatever derives from them, which is checked by its own schema.
        if part.get("properties"):
            part["additionalProperties"] = False
    return made


def faults(node, at):
    if isinstance(node, list):
        for place, item in enumerate(node):
            yield from faults(item, f"{at}[{place}]")
    elif isinstance(node, dict):
        if "type" in node:
            if node["type"] not in MODELS:
                yield f"{at}: there is no {node['type']}"
                return
            for error in Draft202012Validator(schema(node["type"])).iter_errors(node):
                yield f"{at}: {error.message}"
        if node.get("type") == "TextRun" and "text" not in node:
            yield f"{at}: a run without text"
        for key, value in node.items():
            yield from faults(value, f"{at}.{key}")


def card_of(message):
    assert list(message) == ["type", "attachments"] and message["type"] == "message", message
    (attachment,) = message["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive", attachment
    assert attachment["contentUrl"] is None and len(attachment) == 3, attachment
    card = attachment["content"]
    assert card.pop("$schema") == "http://adaptivecards.io/schemas/adaptive-card.json"
    assert card["type"] == "AdaptiveCard" and card["version"] == "1.4" and card["body"], card
    return card


def broken(card):
    for breaking in [
        lambda card: card.update(bodi=card.pop("body")),
        lambda card: card["body"].append({"type": "RichTextBlok", "inlines": []}),
        lambda card: card["body"][0]["inlines"][0].update(color="Green"),
        lambda card: card["body"][0]["inlines"][0].pop("text"),
        lambda card: card["body"][0]["inlines"][0].update(wieght="Bolder"),
        lambda card: card["actions"][0].update(url=7),
    ]:
        worse = copy.deepcopy(card)
        breaking(worse)
        yield worse


valid = [card_of(json.loads(body)) for body in sys.argv[1:]]
for card in valid:
    assert not list(faults(card, "card")), list(faults(card, "card"))
caught = [card for card in broken(valid[0]) if list(faults(card, "card"))]
print(f"{len(valid)} cards are valid, and {len(caught)} broken ones are not")
