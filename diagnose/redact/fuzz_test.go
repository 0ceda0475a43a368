package redact

import (
	"strings"
	"testing"
)

// FuzzText takes names out of texts: what holds none stays as it is, and an address that is
// known never stays.
func FuzzText(f *testing.F) {
	for _, s := range []string{
		"shop/cart-5c8b6d4f97-jv9xn and cart.shop:8000", "http://cart.shop.svc.cluster.local:8000/get", "10.0.0.7, [2001:db8::7]:80", `User "jane" cannot`,
		"https://login.acme.com/tenant-1/user", "::::", "1.2.3.4.5:", "\xff.\x00:", "spiffe://a/ns/shop/sa/cart", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := newNames()
		n.add(namespaceName, "shop")
		n.add(objectName, "cart")
		n.add(hostName, "api.acme.com")
		n.add(addressName, "10.0.0.7")
		n.add(urlName, "https://login.acme.com/tenant-1/*")
		got := n.text(s)
		known := false
		for _, name := range []string{"shop", "cart", "api", "acme", "10.0.0.7", "10.0.0", "login", "User \""} {
			known = known || strings.Contains(s, name)
		}
		if !known && got != s {
			t.Errorf("%q has no names, and becomes %q", s, got)
		}
		for _, word := range strings.FieldsFunc(got, func(r rune) bool { return strings.ContainsRune(" ,;()[]\"'/=", r) }) {
			if word == "10.0.0.7" || word == "10.0.0.7:80" {
				t.Errorf("%q becomes %q", s, got)
			}
		}
	})
}
