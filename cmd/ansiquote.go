package cmd

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ansiEscapes are the escapes of $'…' that are one letter.
var ansiEscapes = map[byte]string{
	'a': "\a", 'b': "\b", 'e': "\x1b", 'E': "\x1b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v",
	'\\': "\\", '\'': "'", '"': "\"", '?': "?",
}

// ansiQuote reads $'…', which browsers write when they copy a request.
func (s *shellSplitter) ansiQuote() error {
	s.rest, s.inWord, s.quoted = s.rest[2:], true, true
	for s.rest != "" {
		switch {
		case s.rest[0] == '\'':
			s.rest = s.rest[1:]
			return nil
		case s.rest[0] == '\\' && len(s.rest) > 1:
			s.ansiEscape()
		default:
			s.take(1)
		}
	}
	return errors.New("a quote ($') is not closed")
}

func (s *shellSplitter) ansiEscape() {
	letter := s.rest[1]
	if text, ok := ansiEscapes[letter]; ok {
		s.word.WriteString(text)
		s.rest = s.rest[2:]
		return
	}
	digits, base, longest := s.rest[2:], 16, 0
	switch letter {
	case 'x':
		longest = 2
	case 'u':
		longest = 4
	case 'U':
		longest = 8
	case '0', '1', '2', '3', '4', '5', '6', '7':
		digits, base, longest = s.rest[1:], 8, 3
	}
	n := 0
	for n < len(digits) && n < longest && isDigit(digits[n], base) {
		n++
	}
	code, err := strconv.ParseUint(digits[:n], base, 32)
	if err != nil { // no digits: the backslash means itself
		s.take(2)
		return
	}
	if letter == 'u' || letter == 'U' {
		s.word.WriteString(string(utf8.AppendRune(nil, rune(code))))
	} else {
		s.word.WriteByte(byte(code))
	}
	s.rest = digits[n:]
}

func isDigit(c byte, base int) bool {
	if base == 8 {
		return '0' <= c && c <= '7'
	}
	return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0
}
