package routing

import (
	"fmt"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// requestHeaders sets what a filter does to the request's headers; the last filter
// counts.
func requestHeaders(to **networkingapi.Headers, f *gatewayv1.HTTPHeaderFilter) (broken string) {
	ops, broken := headerOperations(f)
	if ops != nil {
		*to = &networkingapi.Headers{Request: ops}
	}
	return broken
}

// headerOperations converts a header filter (gateway/conversion.go:
// createHeadersFilter).
func headerOperations(f *gatewayv1.HTTPHeaderFilter) (*networkingapi.Headers_HeaderOperations, string) {
	if f == nil {
		return nil, ""
	}
	for _, list := range [][]gatewayv1.HTTPHeader{f.Set, f.Add} {
		for _, h := range list {
			if strings.ContainsFunc(h.Value, func(c rune) bool { return c < 0x20 && c != '\t' || c == 0x7f }) {
				return nil, fmt.Sprintf("the value of header %q has characters that are not allowed", h.Name)
			}
		}
	}
	return &networkingapi.Headers_HeaderOperations{Set: headerMap(f.Set), Add: headerMap(f.Add), Remove: f.Remove}, ""
}

// headerMap takes the first of each name.
func headerMap(list []gatewayv1.HTTPHeader) map[string]string {
	var out map[string]string
	for _, h := range list {
		name := strings.ToLower(string(h.Name))
		if _, ok := out[name]; ok {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		out[name] = h.Value
	}
	return out
}

// mirror adds a mirror, and tells why there is none.
func (r *gwRoute) mirror(to *gwRule, f *gatewayv1.HTTPRequestMirrorFilter, mesh bool) string {
	if f == nil {
		return ""
	}
	b, broken := r.backend(gatewayv1.BackendRef{BackendObjectReference: f.BackendRef}, mesh)
	if broken != "" || b.why != "" {
		return broken + b.why
	}
	p := &networkingapi.HTTPMirrorPolicy{Destination: &networkingapi.Destination{
		Host: b.host, Port: &networkingapi.PortSelector{Number: uint32(b.port)},
	}}
	switch {
	case f.Fraction != nil:
		of := int32(100)
		if f.Fraction.Denominator != nil && *f.Fraction.Denominator != 0 {
			of = *f.Fraction.Denominator
		}
		p.Percentage = &networkingapi.Percent{Value: 100 * float64(f.Fraction.Numerator) / float64(of)}
	case f.Percent != nil:
		p.Percentage = &networkingapi.Percent{Value: float64(*f.Percent)}
	}
	to.http.Mirrors = append(to.http.Mirrors, p)
	return ""
}

// rewrite converts a rewrite; nil: it does nothing (createRewriteFilter).
func rewrite(f *gatewayv1.HTTPURLRewriteFilter) *networkingapi.HTTPRewrite {
	if f == nil {
		return nil
	}
	out := &networkingapi.HTTPRewrite{Authority: value(f.Hostname)}
	if p := f.Path; p != nil {
		switch {
		case p.Type == gatewayv1.PrefixMatchHTTPPathModifier && p.ReplacePrefixMatch != nil:
			out.Uri = strings.TrimSuffix(*p.ReplacePrefixMatch, "/")
			if out.Uri == "" {
				out.Uri = "/"
			}
		case p.Type == gatewayv1.FullPathHTTPPathModifier && p.ReplaceFullPath != nil:
			out.UriRegexRewrite = &networkingapi.RegexRewrite{Match: "/.*", Rewrite: *p.ReplaceFullPath}
		}
	}
	if out.Uri == "" && out.UriRegexRewrite == nil && out.Authority == "" {
		return nil
	}
	return out
}

// redirect converts a redirect (createRedirectFilter); its status is 302 unless it
// says otherwise, the API server's default.
func redirect(f *gatewayv1.HTTPRequestRedirectFilter) *networkingapi.HTTPRedirect {
	if f == nil {
		return nil
	}
	out := &networkingapi.HTTPRedirect{RedirectCode: 302, Authority: value(f.Hostname), Scheme: value(f.Scheme)}
	if f.StatusCode != nil {
		out.RedirectCode = uint32(*f.StatusCode)
	}
	switch {
	case f.Port != nil:
		out.RedirectPort = &networkingapi.HTTPRedirect_Port{Port: uint32(*f.Port)}
	case f.Scheme != nil:
		out.RedirectPort = &networkingapi.HTTPRedirect_DerivePort{DerivePort: networkingapi.HTTPRedirect_FROM_PROTOCOL_DEFAULT}
	default:
		out.RedirectPort = &networkingapi.HTTPRedirect_DerivePort{DerivePort: networkingapi.HTTPRedirect_FROM_REQUEST_PORT}
	}
	if p := f.Path; p != nil {
		switch p.Type {
		case gatewayv1.FullPathHTTPPathModifier:
			out.Uri = value(p.ReplaceFullPath)
		case gatewayv1.PrefixMatchHTTPPathModifier:
			out.PrefixRewrite = value(p.ReplacePrefixMatch)
		}
	}
	return out
}
