"""Names and texts in the form that the server accepts: printable, bounded, and still different from each other."""

from __future__ import annotations

import re

NAME_LENGTH = 4096
ERROR_LENGTH = 500
_UNPRINTABLE_CHARACTERS = '\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff'
_UNPRINTABLE = re.compile('[%s]' % _UNPRINTABLE_CHARACTERS)
# Also before text that is about to become an escape.
_LOOKS_ESCAPED = re.compile(r'\\(?=[xu\\%s])' % _UNPRINTABLE_CHARACTERS)
_SERVER_FORBIDDEN = re.compile(r'[^A-Za-z0-9._:@/+~-]')
SERVER_NAME = re.compile(r'[A-Za-z0-9][A-Za-z0-9._:@/+~-]{0,254}\Z')


def printable(text):
    """
    One line: control characters become `\x0a` or `\u0085`, bytes that are not UTF-8 `\x85`. A backslash that could look
    like the start of one is doubled, so different texts stay different.
    """
    return _UNPRINTABLE.sub(_escape, _LOOKS_ESCAPED.sub(r'\\\\', text))


def _escape(match):
    code = ord(match.group())
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was not UTF-8
        return '\\x%02x' % (code - 0xDC00)
    return '\\x%02x' % code if code < 0x80 else '\\u%04x' % code


def shortened(text, length):
    """
    At most `length` UTF-16 units, as the server counts. Texts that differ beyond them stay different, by the length and
    the end of the text.
    """
    if len(_utf16(text)) <= 2 * length:
        return text
    end = '…%d…%s' % (len(text), text[-64:])
    return _utf16(text)[: 2 * length - len(_utf16(end))].decode('utf-16-le', 'ignore') + end


def _utf16(text):
    return text.encode('utf-16-le', 'surrogatepass')


def file_name(path, strip_prefix):
    return shortened(without_prefix(printable(path), strip_prefix), NAME_LENGTH)


def without_prefix(path, strip_prefix):
    return path[len(strip_prefix):] or path if strip_prefix and path.startswith(strip_prefix) else path


def one_line(name):
    """The name of a thing that is no file with a known path."""
    return file_name(name, '')


def server_name(host):
    name = _SERVER_FORBIDDEN.sub('_', host).lstrip('_')[:255]
    return name if SERVER_NAME.match(name) else ('host-' + name)[:255]


def redacted(text):
    text = re.sub(r'://[^/@\s]*@', '://***@', text)
    return re.sub(
        r'(?i)((?:passw(?:or)?d|passphrase|token|secret|api.?key|credentials?)["\']?\s*[=:]\s*)\S+', r'\1***', text)


def error_text(text):
    return printable(redacted(text.split('\n')[0]))[:ERROR_LENGTH]
