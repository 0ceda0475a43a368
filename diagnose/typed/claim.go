package typed

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// parseClaims builds the payload of a token from NAME=VALUE. A name given twice
// is a list.
func parseClaims(words []string) (map[string]any, error) {
	if len(words) == 0 {
		return nil, nil
	}
	claims := map[string]any{}
	for _, word := range words {
		name, value, ok := strings.Cut(word, "=")
		if !ok {
			return nil, fmt.Errorf("--claim %q: want NAME=VALUE", word)
		}
		path, err := claimPath(name)
		if err == nil {
			err = setClaim(claims, path, claimValue(name, value))
		}
		if err != nil {
			return nil, fmt.Errorf("--claim %q: %w", word, err)
		}
	}
	return claims, nil
}

// claimPath splits realm.roles; a name that is a URL, as identity providers give
// to claims of their own, is one word.
func claimPath(name string) ([]string, error) {
	if strings.Contains(name, "://") {
		return []string{name}, nil
	}
	const dot = "\x00"
	path := strings.Split(strings.ReplaceAll(name, `\.`, dot), ".")
	for i, key := range path {
		path[i] = strings.ReplaceAll(key, dot, ".")
		if path[i] == "" {
			return nil, errors.New("a part of the name is empty")
		}
	}
	return path, nil
}

// claimValue reads JSON, and takes everything else as text. Claims that are
// always text are text although they look like a number.
func claimValue(name, s string) any {
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		return s
	}
	if _, text := v.(string); !text && (name == "iss" || name == "sub" || name == "jti") {
		return s
	}
	return v
}

func setClaim(claims map[string]any, path []string, value any) error {
	key := path[0]
	old, exists := claims[key]
	if len(path) > 1 {
		inner, ok := old.(map[string]any)
		if exists && !ok {
			return fmt.Errorf("%s is already something that holds no claims", key)
		}
		if !exists {
			inner = map[string]any{}
			claims[key] = inner
		}
		return setClaim(inner, path[1:], value)
	}
	switch old := old.(type) {
	case nil:
		claims[key] = value
	case []any:
		claims[key] = append(old, value)
	case map[string]any:
		return fmt.Errorf("%s already holds claims", key)
	default:
		claims[key] = []any{old, value}
	}
	return nil
}
