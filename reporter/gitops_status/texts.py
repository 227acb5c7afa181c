"""Names and texts as the server takes them: printable, bounded, and still apart from each other."""

from __future__ import annotations

import re

NAME_LENGTH = 4096
ERROR_LENGTH = 500
_UNPRINTABLE = re.compile('[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]')
_LOOKS_ESCAPED = re.compile(r'\\(?=[xu\\])')
_SERVER_FORBIDDEN = re.compile(r'[^A-Za-z0-9._:@/+~-]')
SERVER_NAME = re.compile(r'[A-Za-z0-9][A-Za-z0-9._:@/+~-]{0,254}\Z')


def printable(text):
    """Odd bytes and control characters as `\\x80`; a backslash that already stands before an x is doubled, so no two meet."""
    return _UNPRINTABLE.sub(_escape, _LOOKS_ESCAPED.sub(r'\\\\', text))


def _escape(match):
    code = ord(match.group())
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was not UTF-8
        code -= 0xDC00
    return '\\x%02x' % code if code < 0x100 else '\\u%04x' % code


def shortened(text, length):
    """At most `length` characters; what differs beyond them still differs, by the length and the end of the text."""
    if len(text) <= length:
        return text
    end = '…%d…%s' % (len(text), text[-64:])
    return text[: length - len(end)] + end


def file_name(path, strip_prefix):
    path = printable(path)
    name = path[len(strip_prefix):] if strip_prefix and path.startswith(strip_prefix) else path
    return shortened(name or path, NAME_LENGTH)


def server_name(host):
    name = _SERVER_FORBIDDEN.sub('_', host).lstrip('_')[:255]
    return name if SERVER_NAME.match(name) else ('host-' + name)[:255]


def redacted(text):
    text = re.sub(r'://[^/@\s]*@', '://***@', text)
    return re.sub(
        r'(?i)((?:passw(?:or)?d|passphrase|token|secret|api.?key|credentials?)["\']?\s*[=:]\s*)\S+', r'\1***', text)


def error_text(text):
    return printable(redacted(text.split('\n')[0]))[:ERROR_LENGTH]
