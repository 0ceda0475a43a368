package cmd

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// shellWords splits a command line into words as a shell would: quotes,
// backslashes, $'…'. The command ends at a pipe, a semicolon, a comment or an
// ampersand that stands alone; redirections are dropped. What only the user's
// own shell could expand is an error.
func shellWords(line string) ([]string, error) {
	s := &shellSplitter{rest: line}
	for s.rest != "" && !s.ended {
		if err := s.step(); err != nil {
			return nil, err
		}
	}
	s.endWord()
	return s.words, nil
}

type shellSplitter struct {
	rest   string
	word   strings.Builder
	inWord bool // an empty pair of quotes is a word as well
	quoted bool // a part of the word is
	skip   bool // the word is where a redirection goes
	ended  bool
	words  []string
}

func (s *shellSplitter) step() error {
	c := s.rest[0]
	switch c {
	case ' ', '\t', '\r', '\n':
		s.rest = s.rest[1:]
		s.endWord()
	case '\'':
		return s.quote(1, "'", s.word.WriteString)
	case '"':
		return s.doubleQuote()
	case '\\':
		s.backslash()
	case '$', '`':
		return s.dollar()
	case '|', ';':
		s.ended = true
	case '&':
		s.ampersand()
	case '<', '>':
		s.redirect()
	case '#':
		if s.ended = !s.inWord; s.ended {
			return nil
		}
		fallthrough
	default:
		s.take(1)
	}
	return nil
}

// take moves n bytes into the word.
func (s *shellSplitter) take(n int) {
	s.word.WriteString(s.rest[:n])
	s.rest, s.inWord = s.rest[n:], true
}

func (s *shellSplitter) endWord() {
	if s.inWord && !s.skip {
		s.words = append(s.words, s.word.String())
	}
	if s.inWord {
		s.skip = false
	}
	s.word.Reset()
	s.inWord, s.quoted = false, false
}

// quote reads up to the closing quote, which nothing escapes.
func (s *shellSplitter) quote(skip int, end string, write func(string) (int, error)) error {
	inside, after, ok := strings.Cut(s.rest[skip:], end)
	if !ok {
		return fmt.Errorf("a quote (%s) is not closed", end)
	}
	s.rest, s.inWord, s.quoted = after, true, true
	_, err := write(inside)
	return err
}

func (s *shellSplitter) backslash() {
	s.rest = s.rest[1:]
	switch {
	case strings.HasPrefix(s.rest, "\r\n"):
		s.rest = s.rest[2:]
	case strings.HasPrefix(s.rest, "\n"):
		s.rest = s.rest[1:]
	case s.rest != "":
		_, n := utf8.DecodeRuneInString(s.rest)
		s.take(n)
	}
}

func (s *shellSplitter) doubleQuote() error {
	s.rest, s.inWord, s.quoted = s.rest[1:], true, true
	for s.rest != "" {
		switch c := s.rest[0]; {
		case c == '"':
			s.rest = s.rest[1:]
			return nil
		case c == '\\' && len(s.rest) > 1 && s.rest[1] == '\n':
			s.rest = s.rest[2:]
		case c == '\\' && len(s.rest) > 1 && strings.IndexByte("$`\"\\", s.rest[1]) >= 0:
			s.rest = s.rest[1:]
			s.take(1)
		case c == '`', c == '$' && expansion(s.rest) != "":
			return unexpanded(s.rest)
		default:
			s.take(1)
		}
	}
	return errors.New(`a quote (") is not closed`)
}

// dollar reads $'…', $"…" or a dollar that means itself.
func (s *shellSplitter) dollar() error {
	switch {
	case strings.HasPrefix(s.rest, "$'"):
		return s.ansiQuote()
	case strings.HasPrefix(s.rest, `$"`):
		s.rest = s.rest[1:]
		return nil
	case s.rest[0] == '`' || expansion(s.rest) != "":
		return unexpanded(s.rest)
	}
	s.take(1)
	return nil
}

// ampersand ends the command, unless it stands in a word: whoever pastes
// http://host/?a=1&b=2 means all of it.
func (s *shellSplitter) ampersand() {
	alone := len(s.rest) == 1 || strings.IndexByte(" \t\n&>", s.rest[1]) >= 0
	if !s.inWord || alone {
		s.ended = true
		return
	}
	s.take(1)
}

// redirect drops a redirection, with the number before it and the file behind.
func (s *shellSplitter) redirect() {
	if _, err := strconv.Atoi(s.word.String()); err == nil && !s.quoted {
		s.word.Reset()
		s.inWord = false
	}
	s.endWord()
	s.rest = strings.TrimLeft(s.rest, "<>&|")
	s.skip = true
}
