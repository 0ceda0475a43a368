package typed

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// maxToken bounds what is read: no proxy accepts headers of that size.
const maxToken = 1 << 20

// readToken reads a JWT from a file, or stdin if it is "-". Errors never quote
// what was read: it is a secret.
func readToken(file string, stdin io.Reader) (string, error) {
	if file == "" {
		return "", nil
	}
	if checkJWS(file) == nil {
		return "", errors.New("--token wants a file, not the token itself: write it to a file, or pipe it to --token -; the API server's token is --api-token")
	}
	in := stdin
	if file != "-" {
		f, err := os.Open(file)
		if errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("--token %s: no such file: want one with the request's JWT; the API server's token is --api-token", file)
		}
		if err != nil {
			return "", fmt.Errorf("--token: %w", err)
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxToken))
	if err != nil {
		return "", fmt.Errorf("--token %s: %w", file, err)
	}
	token := strings.TrimSpace(string(data))
	if scheme, rest, ok := strings.Cut(token, " "); ok && strings.EqualFold(scheme, "bearer") {
		token = strings.TrimSpace(rest)
	}
	if err := checkJWS(token); err != nil {
		return "", fmt.Errorf("--token %s: %w", file, err)
	}
	return token, nil
}

// checkJWS checks that a token is a signed JWT in its compact form. The
// signature itself is not checked.
func checkJWS(token string) error {
	parts := strings.Split(token, ".")
	switch {
	case token == "":
		return errors.New("there is no token in it")
	case len(parts) != 3 && len(parts) != 5:
		return fmt.Errorf("no JWT: it has %d parts between dots, want header.payload.signature", len(parts))
	}
	for i, part := range []string{"header", "payload"} {
		data, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			return fmt.Errorf("no JWT: its %s is not in base64url", part)
		}
		var object map[string]any
		if err := json.Unmarshal(data, &object); err != nil {
			return fmt.Errorf("no JWT: its %s is no JSON object", part)
		}
		if len(parts) == 5 {
			return errors.New("the token is encrypted (JWE): a proxy can only read signed ones")
		}
	}
	return nil
}
