package cmd

import (
	"maps"
	"slices"
	"strings"
)

// curlOption is what an option of curl does to the request. The zero value is a
// switch that does nothing to it.
type curlOption struct {
	argument bool
	apply    func(*curlBuilder, string) error
	refused  string // why a request with it cannot be known
}

// curlLetters are the short names.
var curlLetters = map[byte]string{
	'a': "append", 'A': "user-agent", 'b': "cookie", 'B': "use-ascii", 'c': "cookie-jar", 'C': "continue-at", 'd': "data",
	'D': "dump-header", 'e': "referer", 'E': "cert", 'f': "fail", 'F': "form", 'g': "globoff", 'G': "get", 'H': "header",
	'i': "include", 'I': "head", 'j': "junk-session-cookies", 'J': "remote-header-name", 'k': "insecure", 'K': "config",
	'l': "list-only", 'L': "location", 'm': "max-time", 'n': "netrc", 'N': "no-buffer", 'o': "output", 'O': "remote-name",
	'p': "proxytunnel", 'q': "disable", 'r': "range", 'R': "remote-time", 's': "silent", 'S': "show-error", 'T': "upload-file",
	'u': "user", 'U': "proxy-user", 'v': "verbose", 'w': "write-out", 'x': "proxy", 'X': "request", 'y': "speed-time",
	'Y': "speed-limit", 'z': "time-cond", 'Z': "parallel", '0': "http1.0", '1': "tlsv1", '2': "sslv2", '3': "sslv3",
	'4': "ipv4", '6': "ipv6", '#': "progress-bar", ':': "next",
}

// idleSwitches and idleArguments are options that the target's proxy sees nothing
// of: they are about output, time, certificates, names, or later requests.
const (
	idleSwitches = `anyauth append basic ca-native cert-status create-dirs crlf digest disable disallow-username-in-url
		doh-cert-status doh-insecure fail fail-early fail-with-body false-start form-escape haproxy-protocol http0.9 http1.0
		http1.1 http2 http2-prior-knowledge http3 http3-only ignore-content-length include insecure ipv4 ipv6
		junk-session-cookies keepalive list-only location location-trusted mptcp negotiate netrc netrc-optional alpn buffer
		clobber sessionid no-alpn no-buffer no-clobber no-keepalive no-npn no-progress-meter no-sessionid ntlm ntlm-wb
		parallel parallel-immediate post301 post302 post303 progress-bar progress-meter proxytunnel raw remote-header-name
		remote-name remote-name-all remote-time remove-on-error retry-all-errors retry-connrefused show-error show-headers
		silent skip-existing ssl ssl-allow-beast ssl-auto-client-cert ssl-no-revoke ssl-reqd ssl-revoke-best-effort sslv2
		sslv3 styled-output suppress-connect-headers tcp-fastopen tcp-nodelay tls-earlydata tlsv1 tlsv1.0 tlsv1.1 tlsv1.2
		tlsv1.3 tr-encoding trace-ids trace-time use-ascii verbose xattr`
	idleArguments = `alt-svc aws-sigv4 cacert capath cert cert-type ciphers connect-timeout continue-at cookie-jar create-file-mode crlfile
		curves delegation dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-url dump-header ech engine etag-compare
		etag-save expect100-timeout happy-eyeballs-timeout-ms haproxy-clientip hsts interface ip-tos keepalive-cnt
		keepalive-time key key-type libcurl limit-rate local-port login-options max-filesize max-redirs max-time netrc-file
		noproxy output output-dir parallel-max pass pinnedpubkey proto proto-default proto-redir proxy-header proxy-user
		pubkey quote rate retry retry-delay retry-max-time service-name sigalgs speed-limit speed-time stderr time-cond tls-max
		tls13-ciphers tlsauthtype tlspassword tlsuser trace trace-ascii trace-config upload-flags vlan-priority write-out`
)

const throughProxy = "sends the request through a proxy: ask about the proxy as TARGET"

// curlOptions are the options by their long names.
var curlOptions = buildCurlOptions()

func buildCurlOptions() map[string]curlOption {
	options := map[string]curlOption{
		"request":        {argument: true, apply: (*curlBuilder).setMethod},
		"header":         {argument: true, apply: (*curlBuilder).addHeader},
		"data":           {argument: true, apply: (*curlBuilder).addData},
		"data-ascii":     {argument: true, apply: (*curlBuilder).addData},
		"data-binary":    {argument: true, apply: (*curlBuilder).addData},
		"data-raw":       {argument: true, apply: (*curlBuilder).addRawData},
		"data-urlencode": {argument: true, apply: (*curlBuilder).addEncodedData},
		"json":           {argument: true, apply: (*curlBuilder).addJSON},
		"form":           {argument: true, apply: (*curlBuilder).addForm},
		"form-string":    {argument: true, apply: (*curlBuilder).addForm},
		"upload-file":    {argument: true, apply: (*curlBuilder).setUpload},
		"get":            {apply: (*curlBuilder).setGet},
		"head":           {apply: (*curlBuilder).setHead},
		"user":           {argument: true, apply: (*curlBuilder).setUser},
		"oauth2-bearer":  {argument: true, apply: (*curlBuilder).setBearer},
		"cookie":         {argument: true, apply: (*curlBuilder).addCookie},
		"user-agent":     {argument: true, apply: (*curlBuilder).setAgent},
		"referer":        {argument: true, apply: (*curlBuilder).setReferer},
		"range":          {argument: true, apply: (*curlBuilder).setRange},
		"compressed":     {apply: (*curlBuilder).setCompressed},
		"globoff":        {apply: (*curlBuilder).setGlobOff},
		"path-as-is":     {apply: (*curlBuilder).setPathAsIs},
		"request-target": {argument: true, apply: (*curlBuilder).setRequestTarget},
		"url":            {argument: true, apply: (*curlBuilder).addURL},
		"url-query":      {argument: true, apply: (*curlBuilder).addQuery},
		"resolve":        {argument: true, apply: (*curlBuilder).addResolve},
		"connect-to":     {argument: true, apply: (*curlBuilder).addConnectTo},

		"next":                 {refused: "makes it several requests: ask about one at a time"},
		"config":               {argument: true, refused: "reads options from a file that is not read here: write them out"},
		"variable":             {argument: true, refused: "is not expanded here: put in what it stands for"},
		"unix-socket":          {argument: true, refused: "sends the request to a socket, not to a host of the mesh"},
		"abstract-unix-socket": {argument: true, refused: "sends the request to a socket, not to a host of the mesh"},
	}
	for _, name := range []string{"proxy", "preproxy", "socks4", "socks4a", "socks5", "socks5-hostname", "proxy1.0"} {
		options[name] = curlOption{argument: true, refused: throughProxy}
	}
	for _, name := range strings.Fields(idleSwitches) {
		options[name] = curlOption{}
	}
	for _, name := range strings.Fields(idleArguments) {
		options[name] = curlOption{argument: true}
	}
	return options
}

func curlOptionNames() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(curlOptions)) {
		names = append(names, "--"+name)
	}
	return names
}
