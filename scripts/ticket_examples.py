#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes example data for fine-tuning: letters to a shop's support, and the form in which its desk keeps them.

usage: ticket_examples.py FOLDER [--examples N] [--held-out N] [--seed N]

FOLDER gets training.jsonl and held-out.jsonl, in the format of chat fine-tuning. The same arguments write the same
bytes. The sentences of the held-out part are put together from other wordings than those of the training part, so that
who knows the training part by heart does not know the held-out part.
"""
import argparse
import json
import os
import random

INSTRUCTION = ("Fill in the form for this letter. Answer with one line of JSON: order (as written, or null), "
               "topic (damage, delay, invoice, login or return), urgent (true or false), wish (call, mail or none).")

# Per topic: wordings for training, and those that only the held-out part has.
TOPICS = {
    "damage": (["The lamp arrived with a cracked shade.", "One leg of the table is broken.", "There is a deep scratch across the screen.",
                "The jug leaks at the bottom.", "The box was crushed and two cups are in pieces.", "The hinge came off when we opened the door.",
                "The mirror has a chip in one corner.", "The zip tore the first time I used it.", "The speaker rattles and smells burnt.",
                "The frame is bent and does not stand straight."],
               ["The vase came with a crack from top to bottom.", "A corner of the shelf is broken off.", "The kettle is dented and leaks."]),
    "delay": (["My parcel was due on Monday and is still not here.", "The tracking page has not moved for a week.",
               "I have been waiting for ten days now.", "You promised two days, it has been nine.", "The courier never came.",
               "When will it be delivered at last?", "The delivery date has been moved three times.", "Nothing has arrived so far.",
               "It still says preparing for dispatch.", "The neighbours got theirs, mine has not come."],
              ["It should have been here last Friday.", "Tracking has shown the same depot for eight days.", "I am still waiting for the parcel."]),
    "invoice": (["The invoice shows the wrong company name.", "I was charged twice on my card.", "The VAT number is missing on the bill.",
                 "The discount code was not taken off the price.", "Please send me a copy of the invoice.",
                 "The total on the bill does not match my order.", "You billed express shipping that I did not choose.",
                 "Our accountant needs the bill with our new address.", "A fee of 4.90 was added that nobody mentioned.",
                 "The bill lists three pieces, I bought two."],
                ["The bill is made out to the wrong address.", "My card was charged two times.", "The invoice has no tax number."]),
    "login": (["I cannot sign in to my account.", "The password link in your mail has expired.", "My account is locked after three attempts.",
               "The code by text message never arrives.", "It says that my address is unknown, but I have an account.",
               "After the update the page asks me to sign in again and again.", "I forgot my password and the reset page is empty.",
               "My old phone is gone and I cannot confirm the sign-in.", "Your shop does not accept my password any more.",
               "The sign-in button does nothing."],
              ["Signing in fails with my usual password.", "The reset link for my password no longer works.", "My account has been locked."]),
    "return": (["I would like to send it back, the colour does not suit us.", "How do I return an item?", "The shoes are too small, I want to give them back.",
                "Please send a label for the return.", "We ordered one too many and would return it unopened.",
                "It is not what the picture showed, please take it back.", "I changed my mind and want my money back.",
                "The gift was not liked, can it be returned?", "Which address do returns go to?", "The chair is too high for our desk, I am sending it back."],
               ["The jacket is too large and I want to return it.", "Can I send the second one back unopened?", "Please tell me where to send a return."]),
}
URGENT = (["I need this solved today.", "This is very urgent.", "We open tomorrow morning and cannot wait.", "Please hurry, it is an emergency."],
          ["It has to be sorted out today.", "This cannot wait."])
CALM = (["There is no hurry.", "Take the time you need.", "", "Whenever it suits you."], ["It is not pressing.", ""])
WISHES = {
    "call": (["Please call me back.", "Give me a ring, please.", "I would rather talk on the phone."], ["Could somebody phone me?", "Please call."]),
    "mail": (["Please answer by mail.", "Write to me, I cannot take calls.", "An email is enough."], ["Please reply by email.", "Send me a mail, please."]),
    "none": (["", "", "No answer needed."], [""]),
}
ORDERS = (["My order is {}.", "Order number {}.", "It is about order {}.", "(order {})"], ["The order has the number {}.", "Order {}."])
GREETINGS = (["Hello,", "Good morning,", "Dear team,", "Hi,"], ["Good evening,", "Hello there,"])
NAMES = (["Ada Berg", "Tomas Reed", "Mina Okoro", "Jon Vale", "Ruth Amsel", "Ivo Lind", "Sara Quist", "Paul Nemec"],
         ["Lena Marsh", "Omar Feld", "Nils Tamm"])


def letter(draw, part):
    """A letter and its form; part 0 for training, 1 for the held-out."""
    topic, wish = draw.choice(sorted(TOPICS)), draw.choice(sorted(WISHES))
    urgent = draw.random() < 0.5
    order = draw.choice("ABKT") + f"-{draw.randrange(1000, 10000)}" if draw.random() < 0.8 else None
    sentences = [draw.choice(TOPICS[topic][part]), draw.choice((URGENT if urgent else CALM)[part]), draw.choice(WISHES[wish][part])]
    if order is not None:
        sentences.insert(draw.randrange(2), draw.choice(ORDERS[part]).format(order))
    text = " ".join([draw.choice(GREETINGS[part]), *(sentence for sentence in sentences if sentence), draw.choice(NAMES[part])])
    return text, {"order": order, "topic": topic, "urgent": urgent, "wish": wish}


def examples(draw, part, count):
    seen = set()
    while len(seen) < count:
        text, form = letter(draw, part)
        if text in seen:
            continue
        seen.add(text)
        yield {"messages": [{"role": "system", "content": INSTRUCTION}, {"role": "user", "content": text},
                            {"role": "assistant", "content": json.dumps(form)}]}


def write(folder, n_training=200, n_held_out=50, seed=1):
    """The paths of both files."""
    os.makedirs(folder, exist_ok=True)
    paths = []
    for part, (name, count) in enumerate((("training", n_training), ("held-out", n_held_out))):
        paths.append(os.path.join(folder, name + ".jsonl"))
        with open(paths[-1], "w", encoding="utf-8") as file:
            for example in examples(random.Random(f"{seed} {name}"), part, count):
                file.write(json.dumps(example) + "\n")
    return paths


def right_fields(answer, expected):
    """Of the fields of the expected form, how many the answer has right; an answer that is no JSON object has none."""
    try:
        found = json.loads(answer)
    except ValueError:
        return 0
    wanted = json.loads(expected)
    return sum(name in found and type(found[name]) is type(value) and found[name] == value for name, value in wanted.items()) \
        if isinstance(found, dict) else 0


def main():
    parser = argparse.ArgumentParser(description="Writes example data for fine-tuning.")
    parser.add_argument("folder")
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--held-out", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    for path in write(args.folder, args.examples, args.held_out, args.seed):
        print(path)


if __name__ == "__main__":
    main()
