package cmd

import (
	"errors"
	"net/url"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/typed"
)

// curlBuilder gathers what the options say.
type curlBuilder struct {
	urls, data, query, cookies []string
	headers                    []curlHeader
	resolve, connectTo         []string
	method, requestTarget      string
	user, bearer               string
	agent, referer, byteRange  string
	noAgent                    bool // -A ""
	head, get, upload          bool
	body                       string // its media type; empty is no body
	bodyFromFile               bool
	acceptJSON, compressed     bool
	globOff, pathAsIs          bool
}

// curlHeader is a -H. A header that is removed is one that curl would add itself.
type curlHeader struct {
	name, value string
	removed     bool
}

// The media types that curl gives a body.
const (
	formBody      = "application/x-www-form-urlencoded"
	jsonBody      = "application/json"
	multipartBody = "multipart/form-data; boundary=------------------------"
)

func (b *curlBuilder) setMethod(s string) error        { b.method = s; return nil }
func (b *curlBuilder) setUpload(string) error          { b.upload = true; return nil }
func (b *curlBuilder) setGet(string) error             { b.get = true; return nil }
func (b *curlBuilder) setHead(string) error            { b.head = true; return nil }
func (b *curlBuilder) setUser(s string) error          { b.user = s; return nil }
func (b *curlBuilder) setBearer(s string) error        { b.bearer = s; return nil }
func (b *curlBuilder) setAgent(s string) error         { b.agent, b.noAgent = s, s == ""; return nil }
func (b *curlBuilder) setRange(s string) error         { b.byteRange = "bytes=" + s; return nil }
func (b *curlBuilder) setCompressed(string) error      { b.compressed = true; return nil }
func (b *curlBuilder) setGlobOff(string) error         { b.globOff = true; return nil }
func (b *curlBuilder) setPathAsIs(string) error        { b.pathAsIs = true; return nil }
func (b *curlBuilder) setRequestTarget(s string) error { b.requestTarget = s; return nil }
func (b *curlBuilder) addURL(s string) error           { b.urls = append(b.urls, s); return nil }
func (b *curlBuilder) addResolve(s string) error       { b.resolve = append(b.resolve, s); return nil }

func (b *curlBuilder) addConnectTo(s string) error { b.connectTo = append(b.connectTo, s); return nil }
func (b *curlBuilder) addForm(string) error        { b.body = multipartBody; return nil }

// setReferer ignores ;auto, which is about redirects.
func (b *curlBuilder) setReferer(s string) error {
	b.referer, _, _ = strings.Cut(s, ";auto")
	return nil
}

// addHeader reads 'Name: value', 'Name:' which removes, 'Name;' which is empty.
func (b *curlBuilder) addHeader(s string) error {
	if strings.HasPrefix(s, "@") {
		return errors.New("headers of a file are not read here: write them out")
	}
	name, value, ok := strings.Cut(s, ":")
	value = strings.TrimSpace(value)
	h := curlHeader{name: strings.ToLower(strings.TrimSpace(name)), value: value, removed: ok && value == ""}
	if !ok {
		bare, empty := strings.CutSuffix(strings.TrimSpace(s), ";")
		if !empty {
			return nil // curl does not send it either
		}
		h.name = strings.ToLower(bare)
	}
	if !typed.IsToken(h.name) {
		return errors.New("want 'NAME: VALUE'")
	}
	b.headers = append(b.headers, h)
	return nil
}

func (b *curlBuilder) addData(s string) error {
	b.bodyFromFile = b.bodyFromFile || strings.HasPrefix(s, "@")
	return b.addRawData(s)
}

func (b *curlBuilder) addRawData(s string) error {
	b.data = append(b.data, s)
	if b.body == "" {
		b.body = formBody
	}
	return nil
}

// addEncodedData reads content, =content, name=content, @file and name@file.
func (b *curlBuilder) addEncodedData(s string) error {
	name, content, ok := strings.Cut(s, "=")
	switch {
	case ok && name == "":
		s = percentEncode(content)
	case ok:
		s = name + "=" + percentEncode(content)
	case strings.Contains(s, "@"):
		b.bodyFromFile = true
	default:
		s = percentEncode(s)
	}
	return b.addRawData(s)
}

func percentEncode(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func (b *curlBuilder) addJSON(s string) error {
	b.body, b.acceptJSON = jsonBody, true
	return b.addData(s)
}

func (b *curlBuilder) addCookie(s string) error {
	if !strings.Contains(s, "=") {
		return errors.New("cookies of a file are not read here: write them out as NAME=VALUE")
	}
	b.cookies = append(b.cookies, s)
	return nil
}

func (b *curlBuilder) addQuery(s string) error {
	if bare, ok := strings.CutPrefix(s, "+"); ok {
		b.query = append(b.query, bare)
		return nil
	}
	encoded := curlBuilder{}
	if err := encoded.addEncodedData(s); err != nil {
		return err
	}
	if encoded.bodyFromFile {
		return errors.New("a query of a file is not read here: write it out")
	}
	b.query = append(b.query, encoded.data...)
	return nil
}
