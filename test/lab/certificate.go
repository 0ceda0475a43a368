package lab

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/tools/clientcmd/api"
)

// NewCertificate makes a certificate that is valid for an hour from a moment on. It is
// signed by itself if there is nobody to sign it; name is an address or a user.
func NewCertificate(name string, groups []string, from time.Time, by *tls.Certificate) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(from.UnixNano()), Subject: pkix.Name{CommonName: name, Organization: groups},
		NotBefore: from, NotAfter: from.Add(time.Hour), BasicConstraintsValid: true, IsCA: by == nil,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	}
	parent, signer := template, crypto.PrivateKey(key)
	if by != nil {
		if parent, err = x509.ParseCertificate(by.Certificate[0]); err != nil {
			return tls.Certificate{}, err
		}
		signer = by.PrivateKey
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, err
}

// writeClientCA makes who signs the certificates of clients, and tells the API server.
func (l *Lab) writeClientCA(file string) (err error) {
	if l.clients, err = NewCertificate("clients of the lab", nil, time.Now().Add(-time.Minute), nil); err != nil {
		return err
	}
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: l.clients.Certificate[0]}), 0o600)
}

// WriteClient writes dir/kubeconfig for an administrator with a certificate that is valid
// for an hour from a moment on.
func (l *Lab) WriteClient(dir string, from time.Time) error {
	certificate, err := NewCertificate(Admin, []string{"system:masters"}, from, &l.clients)
	if err != nil {
		return err
	}
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		return err
	}
	ca, err := os.ReadFile(l.server.ca)
	if err != nil {
		return fmt.Errorf("the server's certificate: %w", err)
	}
	return writeKubeconfig(filepath.Join(dir, "kubeconfig"), Admin, l.server.url, ca, &api.AuthInfo{
		ClientCertificateData: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}),
		ClientKeyData:         pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
	})
}
