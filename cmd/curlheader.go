package cmd

import (
	"encoding/base64"
	"strings"
)

// curlMethod is the method of the request.
func (b *curlBuilder) curlMethod() string {
	switch {
	case b.method != "":
		return b.method
	case b.head:
		return "HEAD"
	case b.upload:
		return "PUT"
	case b.body != "" && !b.get:
		return "POST"
	}
	return "GET"
}

// curlHeaders are the headers of the request by name: curl's own, unless -H says
// otherwise. What version curl is nobody said; its name is known.
func (b *curlBuilder) curlHeaders() map[string][]string {
	own := map[string]string{
		"accept": "*/*", "user-agent": orElse(b.agent, "curl/?"), "referer": b.referer, "range": b.byteRange,
		"cookie": strings.Join(b.cookies, "; "),
	}
	if b.noAgent {
		own["user-agent"] = ""
	}
	if b.acceptJSON {
		own["accept"] = jsonBody
	}
	if !b.get {
		own["content-type"] = b.body
	}
	if b.compressed {
		own["accept-encoding"] = "deflate, gzip, br, zstd"
	}
	switch {
	case b.bearer != "":
		own["authorization"] = "Bearer " + b.bearer
	case b.user != "":
		user, password, _ := strings.Cut(b.user, ":")
		own["authorization"] = "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
	headers := map[string][]string{}
	for name, value := range own {
		if value != "" {
			headers[name] = []string{value}
		}
	}
	for _, h := range b.headers {
		delete(headers, h.name)
	}
	for _, h := range b.headers {
		if !h.removed {
			headers[h.name] = append(headers[h.name], h.value)
		}
	}
	return headers
}
