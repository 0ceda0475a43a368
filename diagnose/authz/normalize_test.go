package authz

import "testing"

func TestNormalizationPath(t *testing.T) {
	const refused = "refused"
	tests := []struct{ raw, base, merge, decode string }{
		{"/", "/", "/", "/"},
		{"/app#foo", refused, refused, refused},
		{"", refused, refused, refused},
		{"*", refused, refused, refused},
		{"/a b", refused, refused, refused},
		{"/app/../admin", "/admin", "/admin", "/admin"},
		{"/app//", "/app//", "/app/", "/app/"},
		{"/app/%2f", "/app/%2f", "/app/%2f", "/app/"},
		{"/app%2f/", "/app%2f/", "/app%2f/", "/app/"},
		{"/xyz%30..//abc", "/xyz0..//abc", "/xyz0../abc", "/xyz0../abc"},
		{"/app/%2E./admin", "/admin", "/admin", "/admin"},
		{`/app\admin`, "/app/admin", "/app/admin", "/app/admin"},
		{`/app/\/\/\admin`, "/app//////admin", "/app/admin", "/app/admin"},
		{`/%2Fapp%5cadmin%5Cabc`, `/%2Fapp%5cadmin%5Cabc`, `/%2Fapp%5cadmin%5Cabc`, `/app/admin/abc`},
		{`/%5Capp%2f%5c%2F%2e%2e%2fadmin%5c\abc`, `/%5Capp%2f%5c%2F..%2fadmin%5c/abc`, `/%5Capp%2f%5c%2F..%2fadmin%5c/abc`, `/app/admin/abc`},
		{"/app//../admin", "/app/admin", "/app/admin", "/app/admin"},
		{"/app//../../admin", "/admin", "/admin", "/admin"},
		{"/%c0%2e%c0%2e/admin", "/%c0.%c0./admin", "/%c0.%c0./admin", "/%c0.%c0./admin"},
		{"/%c0%2fadmin", "/%c0%2fadmin", "/%c0%2fadmin", "/%c0/admin"},
		{"/.../admin", "/.../admin", "/.../admin", "/.../admin"},
		{"/..;/admin", "/admin", "/admin", "/admin"},
		{"/;/admin", "/;/admin", "/;/admin", "/;/admin"},
		{"/admin;a=b/xyz", "/admin;a=b/xyz", "/admin;a=b/xyz", "/admin;a=b/xyz"},
		{"/%252e%252e%252fadmin", "/%252e%252e%252fadmin", "/%252e%252e%252fadmin", "/%252e%252e%252fadmin"},
		{"/admin%00", refused, refused, refused},
		{"/a/..;x=1/b", "/b", "/b", "/b"},
		{"/a/.;/b", "/a/b", "/a/b", "/a/b"},
		{"/a/..;", "/", "/", "/"},
		{"/a;x/b", "/a;x/b", "/a;x/b", "/a;x/b"},
		{"/%2e%2e;/b", "/..;/b", "/..;/b", "/..;/b"},
		{`/a\..;\b`, "/a/..;/b", "/a/..;/b", "/a/..;/b"},
		{"/a/..%3B/b", "/a/..%3B/b", "/a/..%3B/b", "/a/..%3B/b"},
		{"/a/../..", "/", "/", "/"},
		{"/a//../b", "/a/b", "/a/b", "/a/b"},
		{"/a/..//b", "//b", "/b", "/b"},
		{"//", "//", "//", "//"},
		{"///", "///", "//", "//"},
		{"/%2F", "/%2F", "/%2F", "//"},
		{"/%2f%2Fa", "/%2f%2Fa", "/%2f%2Fa", "/a"},
		{"/a%2F..%2Fb", "/a%2F..%2Fb", "/a%2F..%2Fb", "/b"},
		{"/x/|", "/x/%7C", "/x/%7C", "/x/%7C"},
		{"/x/[]", "/x/[]", "/x/[]", "/x/[]"},
		{"/%41%7e%zz%", "/A~%zz%", "/A~%zz%", "/A~%zz%"},
		{"/é", refused, refused, refused},
		{"/\x80", refused, refused, refused},
		{"/a/../b?x=/../%2f//", "/b?x=/../%2f//", "/b?x=/../%2f//", "/b?x=/../%2f//"},
		{"/a/.", "/a/", "/a/", "/a/"},
		{"/a/.b", "/a/.b", "/a/.b", "/a/.b"},
		{"/.%2E", "/", "/", "/"},
	}
	for _, tt := range tests {
		for n, want := range map[Normalization]string{Base: tt.base, MergeSlashes: tt.merge, DecodeAndMergeSlashes: tt.decode} {
			got, ok := n.Path(tt.raw)
			if !ok {
				got = refused
			}
			if got != want {
				t.Errorf("%v.Path(%q) = %q, want %q", n, tt.raw, got, want)
			}
		}
	}
	for _, raw := range []string{"/app/../admin", "/app//", `/a\b`, "/admin%00", "/|"} {
		if got, ok := None.Path(raw); got != raw || !ok {
			t.Errorf("NONE.Path(%q) = %q, %v", raw, got, ok)
		}
	}
}

func FuzzNormalizationPath(f *testing.F) {
	for _, s := range []string{"/a/../b", "/%2e;/", `/\..`, "//?#", "/%", "/..;/%5c"} {
		f.Add(s, uint8(1))
	}
	f.Fuzz(func(t *testing.T, raw string, n uint8) {
		n %= 4
		got, ok := Normalization(n).Path(raw)
		if ok && (got == "" || got[0] != '/') {
			t.Errorf("%v.Path(%q) = %q", Normalization(n), raw, got)
		}
		if again, ok2 := Normalization(n).Path(raw); again != got || ok2 != ok {
			t.Errorf("%v.Path(%q) is not a function", Normalization(n), raw)
		}
	})
}
