"""One sanitiser and one redactor: what comes from outside passes here before a person or a program reads it.

Every :class:`~seatrial.verdicts.Verdict` and every error text is built through :func:`clean`, so no report, terminal or
test id holds an escape sequence, a bidirectional mark, a command for a CI system, or a secret.
"""

import re
import unicodedata

CAP = 2000
"""Longest text, in characters, that one message or one line of evidence may have."""

HIDDEN = "«hidden»"

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_WRITTEN = {"\n": "⏎", "\r": "⏎", "\t": " "}

# Parts of the rules. A value without quotes is hidden up to the next blank or key, for it may hold any mark.
_PASSWORD = r"(?:passw(?:or)?d|passphrase)"
_KEY = (
    rf"(?:{_PASSWORD}|pass[_-]?code|(?:(?<=\w)pwd|pwd(?!=/))|requirepass|masterauth|secret|token(?!i[sz])|credential"
    r"|(?:j|php)sess(?:ion)?id|(?:api|access|private|encryption|signing|master|account|auth|storage|shared|session|deploy|license)[_-]?key)"
)
_REST = r"[\w.]*+(?:-[\w.]+)*+(?:\[\w*\])?"
_QUOTE = r"\\*[\"']"
_IS = rf"(?:{_QUOTE})?\s*+(?:[=:：＝]+>?|->|%3[AD])\s*+"
_QUOTED = r"[bruf]{0,2}(?P<quote>\\*(?:\"\"\"|'''|[\"'])).*?(?:(?<!\\)(?P=quote)|\Z)"
_BLOCK = r"[|>][-+\d]*[ \t]*(?:\r?\n[ \t]+[^\n]*)+"
_END = rf"{_QUOTE}(?:[\s,;:)\]}}]|\Z)|[,;&]\s?(?:{_QUOTE})?[\w.-]{{1,64}}+(?:{_QUOTE})?\s?[=:]|%26[\w.-]+%3D|⏎"
_LIST = r"\[[^\[\]]*(?:\]|\Z)"
_REMAINDER = rf"(?:(?!{_END})\S)"
_VALUE = rf"{HIDDEN}|{_QUOTED}|{_BLOCK}|{_LIST}{_REMAINDER}*|{_REMAINDER}+"
_STOP = r"(?:[\s,;.)\]}]|\Z)"
_MIXED = r"(?-i:(?=\S*(?:\d|=|[a-z][A-Z])))"

# What may follow a key and is no secret: a state, a count, the name of a file, the rest of a sentence.
_STATE = (
    r"(?:true|false|null|none|nil|yes|no|expected|found|missing|invalid|required|not (?:found|set|given)"
    rf"|no such file|permission denied|is a directory){_STOP}"
)
_COUNT = (
    r"(?:s|[\w.-]{0,40}?(?:bucket|count|total|num|rate|limit|size|length|age|ttl|used|left|error|failure|retrie|request"
    rf"|expiry|second|version)e?s?){_IS}-?\d{{1,12}}(?:\.\d+)?%?{_STOP}"
)
_FILE = rf"[\w.-]{{0,40}}?(?:file|path|dir)(?:{_IS}|\s+)(?:{_QUOTE})?\.?/"
_SENTENCE = (
    r"(?:not|no|wrong|required|missing|empty|expired|too|set|null|none|valid|invalid|ok|correct|incorrect|needed|an?|the"
    r"|as|being|used|unset|unknown|changed|rejected|refused|denied|accepted|stored|generated|read|in|on|from|for|only)\b"
)


def _rule(words: str, before: str, secret: str) -> tuple[frozenset[str], re.Pattern[str]]:
    """One way in which secrets are written.

    :param words: one of them is in every text that the pattern could match; looking for them is far cheaper.
    :param before: what stands before the secret, and stays.
    """
    return frozenset(words.split()), re.compile(f"({before})(?:{secret})", re.IGNORECASE | re.DOTALL)


_KEYS = "passw phrase code pwd requirepass masterauth secret token credential sessid sessionid key"
_PARAMETER = r"\w+=(?:\"[^\"]*\"|[^\s,\"]+)"
_RULES = (
    _rule("private", "", r"-{4,} ?BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-{4,}.*?(?:-{4,} ?END [^-]*-{4,}|\Z)"),
    _rule("://", r"://[^\s/:@?#\"'<>]*:", r"(?!\d+[/?#])[^\s\"'<>]{0,1024}(?=@)"),
    _rule("://", r"://", r"[^\s/:@?#\"'<>]{20,}(?=@)"),
    _rule("@tcp( @unix( @udp(", r"(?<![\w.%+-])[\w.%+-]{1,64}:", r"[^\s@]{1,256}(?=@(?:tcp|unix|udp)\()"),
    _rule("%40", r"%3A%2F%2F[^\s%]*%3A", r"\S*?(?=%40)"),
    _rule("oracle:", r"oracle:\w+:[\w$#]+/", r"[^\s@]+(?=@)"),
    _rule(
        "authorization",
        rf"authorization{_IS}(?:{_QUOTE})?",
        rf"{HIDDEN}|(?:[\w-]+[ \t]+)?(?:{_PARAMETER}(?:\s*,\s*{_PARAMETER})*|[^\s\"']+)",
    ),
    _rule("cookie", rf"cookie{_IS}(?:{_QUOTE})?", r"[^\n\r\"'⏎]+"),
    _rule("bearer basic qiniu qbox", r"\b(?:bearer|basic|qiniu|qbox)\s+", rf"{_MIXED}[\w.~+/=:-]{{8,}}"),
    # A password in a configuration file may hold blanks: it ends with its line, or before the next key.
    _rule(
        "passw phrase",
        rf"(?:\A|[⏎\n])[ \t]*(?:[-#][ \t]+|export[ \t]+)?(?:[\w.-]{{0,64}}[_.-])?{_PASSWORD}[ \t]*[=:][ \t]*",
        rf"{HIDDEN}|(?!{_STATE}|[\"'|>\s])(?:(?!\s+[\w.-]+\s?[=:])[^\n⏎])+",
    ),
    _rule(_KEYS, rf"{_KEY}(?!{_COUNT}|{_FILE}){_REST}{_IS}", rf"(?!{_STATE})(?:{_VALUE})"),
    _rule("密码 口令 密钥 令牌", r"(?:密码|口令|密钥|令牌)\s*(?:[=:：＝]|为|是)\s*", _VALUE),
    _rule(
        "pass pw psw psk pin otp",
        r"(?:[_.-]pass|(?<![a-z])(?:\w{0,20}pw|psw|psk|pin|otp)"
        rf"|(?-i:(?<=[a-z0-9])Pass|(?<![\w.-])[Pp]ass)|(?<!\w)pass(?==)){_IS}",
        rf"(?!{_STATE}|\d{{1,3}}{_STOP})(?:{_VALUE})",
    ),
    _rule(
        "-",
        rf"(?<![\w.-])--?[\w.-]{{0,64}}?(?:{_KEY}(?!{_FILE}){_REST}|pass)(?:{_QUOTE})?[\s,]++",
        rf"(?!--\w)(?:{_VALUE})",
    ),
    _rule("requirepass masterauth pw", r"\b(?:requirepass|masterauth|bindpw|rootpw)\s+", _VALUE),
    _rule("passw phrase", rf"{_PASSWORD}\s++", rf"(?!{_SENTENCE}){_MIXED}\S+"),
    _rule("digest addauth", r"\baddauth\s+\w+\s+[^\s:]+:|\bdigest:[^\s:]+:", r"[^\s\"',]+"),
    _rule("login", rf"\blogin\s+\S+\s+{_PASSWORD}\s+", r"\S+"),
    _rule(
        "sshpass mysql mariadb mongo docker",
        r"\b(?:sshpass|mysql\w*|mariadb[\w-]*|mongo\w*|docker\s+login)\b[^\n|;⏎]{0,400}?\s(?-i:-p)\s*",
        r"(?!\d[\d.:]*(?:/\w+)?(?:\s|\Z))(?!\s|-)\S+",
    ),
    _rule("redis-cli", r"\bredis-cli\b[^\n|;⏎]{0,400}?\s(?-i:-a)\s+", r"\S+"),
    _rule("-u --proxy-u", r"(?<![\w-])(?:-u|--(?:proxy-)?user)[\"',\s=]*[^\s:=/\"',]+:", r"(?!\d+(?:\s|\Z)|//)\S+"),
    # {"name": "DB_PASSWORD", "value": "x"}; ("password", "x"); <password>x</password>
    _rule("value", rf"{_KEY}{_REST}(?:{_QUOTE})?[\s,⏎]++(?:{_QUOTE})?value{_IS}", _VALUE),
    _rule("\" '", rf"{_KEY}{_REST}{_QUOTE}\s*+,\s*+", _QUOTED),
    _rule("<", rf"<(?!/)[^<>]{{0,200}}?{_KEY}[^<>]{{0,200}}(?<!/)>", rf"\s*(?:{HIDDEN}|[^\s<][^<]*)"),
    # password is x; a temporary password is generated for root@localhost: x; IDENTIFIED BY 'x'
    _rule(
        "passw phrase secret token key",
        rf"\b(?:{_PASSWORD}|secret|token|(?:api|access|secret)[ _-]?key)\s+(?:is|was|(?:changed |set )?to)\b\s*+:?\s*+",
        rf"(?!{_SENTENCE})(?:{_VALUE})",
    ),
    _rule(
        "passw phrase",
        rf"\b{_PASSWORD}\s+(?:(?:is|was)\s+\w+\s+)?(?:(?:for|of)\s|\()[^\n:=]{{0,80}}?(?:\bis\s?:?|:)\s++",
        rf"(?!{_STATE}|{_SENTENCE})(?:{_VALUE})",
    ),
    _rule("passw phrase identified", rf"(?:\b{_PASSWORD}|identified\s+by(?:\s+password)?)\s++", _QUOTED),
    _rule("auth", rf"(?<![a-z])_?auth{_IS}(?:{_QUOTE})?", rf"{_MIXED}[a-z0-9+/]{{6,}}={{0,2}}"),
    _rule("ak sk", rf"(?<![a-z])[as]k{_IS}(?:{_QUOTE})?", r"[\w+/-]{20,}"),
    _rule("sig", r"(?<![a-z])sig(?:nature)?=", r"[^\s&\"'⏎]{8,}"),
    # Secrets that are known by their own shape, wherever they stand.
    _rule("eyj", r"(?<![a-z0-9])", r"eyJ[\w-]{8,}(?:\.[\w-]*)+"),
    _rule("akia asia", r"(?<![a-z0-9])", r"A[KS]IA[A-Z0-9]{16}"),
    _rule("gh github_pat_", r"(?<![a-z0-9])", r"(?:gh[pousr]_|github_pat_)\w{20,}"),
    _rule("glpat- xox dckr_pat hvs.", r"(?<![a-z0-9])", r"(?:glpat-|xox[a-z]-|dckr_pat_|hvs\.)[\w-]{16,}"),
    _rule("sk- k_live_ k_test_ aiza npm_", r"(?<![a-z0-9])", r"(?:sk-|[rs]k_(?:live|test)_|AIza|npm_)[a-z0-9-]{24,}"),
    _rule("$", "", r"\$(?:\d[abxy]?|y|apr1|argon2\w{0,2}|scrypt|pbkdf2[\w-]*)\$[\w./$,=+-]{16,}"),
    _rule("=", r"(?<![\w-])", r"[\w-]{40}:[\w-]{27}=(?::[\w=-]+)?"),
)
_WORDS = tuple({word: None for words, _ in _RULES for word in words})
_LONG_CODE = re.compile(
    r"(?<![\w+/.-])(?=[A-Za-z0-9+][A-Za-z0-9+/]{59})(?=[a-z0-9+/]*[A-Z])(?=[A-Z0-9+/]*[a-z])(?=[A-Za-z+/]*\d)"
    r"[A-Za-z0-9+/]+={0,2}"
)
"""A line of a key in base64: no path, and no digest, which is written in small hexadecimal digits."""
_SEQUENCES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
"""What a terminal takes away: control sequences and commands of the operating system (ECMA-48, 5.4 and 8.3.89)."""

_COLOURS = re.compile(r"\x1b\[[\d;:]*[mK]")
_CI_COMMANDS = re.compile(
    r"(?<![^\s⏎])::(?=[a-z][\w-]*[ :])(?![0-9a-f]{1,4}(?![\w-]))|##(?=vso\[|\[|teamcity\[)",
    re.IGNORECASE,
)
_MARGIN = re.compile(r"(?:[E>](?= ))?[ \t]*(?:[-+?] )?")
_KEY_BEGINS = re.compile(r"-{4,} ?BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-{4,}\s*\Z")
_KEY_LINE = re.compile(r"(?:[A-Za-z0-9+/=]+|[\w-]+: .*)?\s*")
_DECODERS = ("utf-8", "gb18030")
_ENDS_TOO_SOON = ("unexpected end of data", "incomplete multibyte sequence")


def clean(text: object, cap: int = CAP) -> str:
    """Make any text safe to show: one line, no control or bidirectional characters, no CI commands, no secrets.

    :param text: anything; bytes are decoded by :func:`decode`. Colours are dropped, what else is unsafe is written out.
    :param cap: longest result in characters; what is cut is said.
    """
    raw = decode(text) if isinstance(text, bytes) else str(text)
    head = raw if len(raw) <= 4 * cap else _whole_words(raw[: 4 * cap])
    shown = redact(head) if head.isprintable() else _readable(_COLOURS.sub("", head).replace("\r\n", "\n"))
    if "::" in shown or "##" in shown:
        shown = _CI_COMMANDS.sub(lambda found: " ".join(found.group()), shown)
    if head is raw and len(shown) <= cap:
        return shown
    note = f"… ({len(raw)} characters)"
    return shown[: max(0, cap - len(note))] + note


def decode(data: bytes) -> str:
    """Decode bytes as UTF-8, else as GB18030, else as UTF-8 with the odd bytes written out.

    A last character that was cut in the middle does not count against an encoding.
    """
    for encoding in _DECODERS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            if error.reason in _ENDS_TOO_SOON and error.start:
                return data[: error.start].decode(encoding) + data[error.start :].decode("ascii", "backslashreplace")
    return data.decode("utf-8", "backslashreplace")


def redact(text: str) -> str:
    """Hide what looks like a password, a token, a key or a credential in a URL; better too much than too little."""
    lower = text.lower()
    found = [word for word in _WORDS if word in lower]
    for words, pattern in _RULES:
        if not words.isdisjoint(found):
            text = pattern.sub(rf"\1{HIDDEN}", text)
    return _LONG_CODE.sub(HIDDEN, text) if len(text) >= 60 else text


def redacted(text: str) -> str:
    """Hide secrets as :func:`redact` does, in a text of many lines that stays one.

    A line may begin with a margin of pytest's (``E   + ``). The lines of a private key are hidden up to the first that
    is none.
    """
    lines, in_key = [], False
    for line in text.split("\n"):
        margin, rest = line[: (end := _MARGIN.match(line).end())], line[end:]  # type: ignore[union-attr]
        is_more = in_key and _KEY_LINE.fullmatch(rest) is not None
        lines.append(margin + (HIDDEN if is_more else redact(rest)))
        in_key = is_more or _KEY_BEGINS.search(rest) is not None
    return "\n".join(lines)


def _whole_words(text: str) -> str:
    """Leave out the last word: half a secret has not the shape by which it would be known."""
    return text.rpartition(" ")[0] or text


def _readable(text: str) -> str:
    """Write out what is unsafe, or leave it out where it would split a secret's key and so save the secret."""
    bare = "".join(character for character in _SEQUENCES.sub("", text) if character in "\n\t" or not _unsafe(character))
    hidden = redact(bare)
    return "".join(map(_visible, redact(text) if hidden == bare else hidden))


def _unsafe(character: str) -> bool:
    return unicodedata.category(character) in _UNSAFE


def _visible(character: str) -> str:
    if not _unsafe(character):
        return character
    return _WRITTEN.get(character) or f"\\U{ord(character):08x}".replace("\\U0000", "\\u")
