#!/usr/bin/python3
"""machine.py MX_PORT DIRECTORY SENDER RECIPIENT < message

A machine with many mail addresses: Postfix hands it each message for NAME@ and ANYTHING.NAME@ of machines.test and
free.test. It keeps the message as DIRECTORY/NAME.N.eml, the Nth that came, and sends what DIRECTORY/NAME.json says: a
list of mails, each of them for every message. In the fields of a mail
  {n}                 is N
  {from} {sender}     the address in From and the reverse-path of what came
  {subject} {body}    its own, the text without HTML
  {quoted}            the body with "> " before each line
  {words}             a few words, others each time
stand for what they say. The fields are "from" and "text", and where they are not as here "to" ({from}), "subject"
({words}) and "reverse_path" (the address in "from"). No mail has a mark of a machine or of a thread: one with {body} as
its text is what a relay makes of ours that strips all of them.
"""
import email, email.policy, email.utils, json, os, random, re, smtplib, sys, uuid

WORDS = "amber birch cedar delta ember fjord grove heath ivory juniper kelp larch maple north olive pine".split()


def keep(directory, name, raw):
    n = 1
    while True:
        try:
            with open(f"{directory}/{name}.{n}.eml", "xb") as f:
                f.write(raw)
            return n
        except FileExistsError:
            n += 1


def written(template, known):
    return re.sub(r"\{(\w+)\}", lambda found: known[found[1]], template)


def main():
    port, directory, sender, recipient = sys.argv[1:]
    raw = sys.stdin.buffer.read()
    came = email.message_from_bytes(raw, policy=email.policy.default)
    name = recipient.split("@")[0].split(".")[-1]
    n = keep(directory, name, raw)
    body = came.get_body(("plain",)).get_content()
    known = {"n": str(n), "from": email.utils.parseaddr(str(came["From"]))[1], "sender": sender,
             "subject": str(came["Subject"]), "body": body, "quoted": re.sub("^", "> ", body.rstrip(), flags=re.M),
             "words": " ".join(random.Random(n).sample(WORDS, 4))}
    with open(f"{directory}/{name}.json") as f:
        mails = json.load(f)
    with smtplib.SMTP("127.0.0.1", int(port)) as mx:
        for mail in mails:
            told = {key: written(template, known) for key, template in mail.items()}
            to, address = told.get("to", known["from"]), email.utils.parseaddr(told["from"])[1]
            head = (f"From: {told['from']}\nTo: {to}\nSubject: {told.get('subject', known['words'])}\n"
                    f"Date: {email.utils.formatdate()}\nMessage-ID: <{uuid.uuid4().hex}@machines.test>\n"
                    f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
                    "Content-Transfer-Encoding: 8bit\n\n")
            text = (head + told["text"] + "\n").replace("\r\n", "\n").replace("\n", "\r\n")
            mx.sendmail(told.get("reverse_path", address), [to], text.encode(), ["BODY=8BITMIME"])


main()
