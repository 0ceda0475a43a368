package clusters

// routeMatches: what a VirtualService looks at, and what it answers itself.
func routeMatches() []*draft {
	var out []*draft
	add := func(name, spec string, objects ...string) *draft {
		d := between("route-"+name, sidecar, sidecar).add(second(sidecar)...).add(objects...).
			add(virtualService("{hosts: [server.$b.svc.cluster.local], " + spec + "}"))
		out = append(out, d)
		return d
	}
	const (
		toSecond = "route: [{destination: {host: second, port: {number: 80}}}]"
		rest     = ", {route: [{destination: {host: server}}]}]"
	)
	with := func(user string) Question {
		return Question{Source: "client.$a", Target: "http://server.$b/", Method: "GET", Headers: map[string]string{"x-user": user}}
	}
	for _, m := range []string{"exact: one", "prefix: one", "regex: 'one|two'"} {
		add("header-"+m[:5], "http: [{match: [{headers: {x-user: {"+m+"}}}], "+toSecond+"}"+rest).
			ask(get("http://server.$b/"), with("one"), with("ones"), with("two"), with("One"))
	}
	add("header-present", "http: [{match: [{headers: {x-user: {}}}], "+toSecond+"}"+rest).ask(get("http://server.$b/"), with("one"))
	add("header-without", "http: [{match: [{withoutHeaders: {x-user: {exact: one}}}], "+toSecond+"}"+rest).
		ask(get("http://server.$b/"), with("one"), with("two"))
	add("authority", "http: [{match: [{authority: {prefix: server}}], "+toSecond+"}"+rest).ask(get("http://server.$b/"))
	add("query", "http: [{match: [{queryParams: {debug: {exact: '1'}}}], "+toSecond+"}, {match: [{queryParams: {name: {regex: 'a.*'}}}], "+toSecond+"}"+rest).
		ask(get("http://server.$b/?debug=1"), get("http://server.$b/?debug=2"), get("http://server.$b/?name=abc&x=1"), get("http://server.$b/"))
	add("case", "http: [{match: [{uri: {exact: /Path}, ignoreUriCase: true}], "+toSecond+"}, {match: [{uri: {regex: '/a/[0-9]+'}}], "+toSecond+"}"+rest).
		ask(get("http://server.$b/pATH"), get("http://server.$b/a/12"), get("http://server.$b/a/12/x"), get("http://server.$b/path/x"))
	add("fault", "http: [{match: [{uri: {prefix: /broken}}], fault: {abort: {httpStatus: 503, percentage: {value: 100}}}, "+toSecond+"}, {match: [{uri: {prefix: /slow}}], fault: {delay: {fixedDelay: 1s, percentage: {value: 100}}}, "+toSecond+"}"+rest).
		ask(get("http://server.$b/broken"), get("http://server.$b/slow"), get("http://server.$b/"))
	add("redirect", "http: [{match: [{uri: {prefix: /a}}], redirect: {authority: second.$b.svc.cluster.local}}, {match: [{uri: {prefix: /b}}], redirect: {uri: /c, redirectCode: 302}}"+rest).
		ask(get("http://server.$b/a"), get("http://server.$b/b"), get("http://server.$b/c"))
	add("rewrites", "http: [{match: [{uri: {regex: '/users/[0-9]+/.*'}}], rewrite: {uriRegexRewrite: {match: '^/users/([0-9]+)/(.*)$', rewrite: '/\\2?id=\\1'}}, "+toSecond+"}, {match: [{uri: {exact: /one}}], rewrite: {uri: /two}, "+toSecond+"}, {match: [{uri: {prefix: /api}}], rewrite: {uri: /v1}, "+toSecond+"}"+rest,
		authorizationPolicy("$b", "p", "{action: DENY, rules: [{to: [{operation: {paths: [/v1/x, /two]}}]}]}")).
		ask(get("http://server.$b/users/12/name"), get("http://server.$b/one?q=1"), get("http://server.$b/api/x"), get("http://server.$b/apix"))
	add("headers", "http: [{headers: {request: {set: {x-team: edge}, remove: [x-user]}}, route: [{destination: {host: server}, headers: {request: {set: {':authority': inner.example.com}}}}]}]",
		authorizationPolicy("$b", "p", "{rules: [{when: [{key: 'request.headers[x-team]', values: [edge]}]}]}")).ask(get("http://server.$b/"), with("one"))
	add("three", "http: [{route: [{destination: {host: server}, weight: 1}, {destination: {host: second}, weight: 1}, {destination: {host: third}, weight: 1}]}]",
		pod("$b", "third", bare), service("$b", "third", "", usual...)).ask(get("http://server.$b/"))
	return out
}

// streamRoutes: the TLS and TCP routes of a VirtualService.
func streamRoutes() []*draft {
	var out []*draft
	ports := append([]port{{"https", 443, 8443, ""}}, usual...)
	add := func(name, spec string) *draft {
		d := between("stream-"+name, sidecar, sidecar).add(pod("$b", "second", sidecar), service("$b", "second", "", ports...),
			pod("$b", "secure", sidecar), service("$b", "secure", "", ports...),
			virtualService("{hosts: [secure.$b.svc.cluster.local], "+spec+"}"))
		out = append(out, d)
		return d
	}
	tls := Question{Source: "client.$a", Target: "https://secure.$b/", Method: "GET"}
	tcp := Question{Source: "client.$a", Target: "tcp://secure.$b:90"}
	to := func(port string) string {
		return "route: [{destination: {host: second, port: {number: " + port + "}}}]"
	}
	add("tls", "tls: [{match: [{port: 443, sniHosts: [secure.$b.svc.cluster.local]}], "+to("443")+"}]").ask(tls, tcp)
	add("tls-labels", "tls: [{match: [{port: 443, sniHosts: [secure.$b.svc.cluster.local], sourceLabels: {app: other}}], "+to("443")+"}]").ask(tls)
	add("tcp-weights", "tcp: [{match: [{port: 90}], route: [{destination: {host: secure, port: {number: 90}}, weight: 60}, {destination: {host: second, port: {number: 90}}, weight: 40}]}]").ask(tcp)
	add("tcp-labels", "tcp: [{match: [{port: 90, sourceLabels: {app: client}}], "+to("90")+"}]").ask(tcp)
	add("tcp-other-labels", "tcp: [{match: [{port: 90, sourceLabels: {app: other}}], "+to("90")+"}]").ask(tcp)
	add("tcp-subnets", "tcp: [{match: [{port: 90, destinationSubnets: [192.0.2.0/24]}], "+to("90")+"}]").ask(tcp)
	add("http-on-tcp", "http: [{"+to("80")+"}]").ask(tcp, Question{Source: "client.$a", Target: "http://secure.$b:90/", Method: "GET"}, get("http://secure.$b/"))
	return out
}
