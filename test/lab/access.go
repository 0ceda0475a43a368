package lab

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"strings"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// Admin is the user who may do everything.
const Admin = "admin"

// token is a user's password. The server listens on loopback only and holds
// nothing worth stealing, so it is no secret.
func token(user string) string { return user + "-token" }

// writeTokens writes the API server's list of who may log in.
func (l *Lab) writeTokens(file string) error {
	var lines strings.Builder
	everybody := append([]User{{Name: Admin, Groups: []string{"system:masters"}}}, l.users...)
	for _, u := range everybody {
		fmt.Fprintf(&lines, "%s,%s,%s,%q\n", token(u.Name), u.Name, u.Name, strings.Join(u.Groups, ","))
	}
	return os.WriteFile(file, []byte(lines.String()), 0o600)
}

// writeKey writes a key to sign ServiceAccount tokens with.
func writeKey(file string) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
	return os.WriteFile(file, pem.EncodeToMemory(block), 0o600)
}

// WriteKubeconfig writes a kubeconfig with which user reaches the API server.
func (l *Lab) WriteKubeconfig(file, user string) error {
	ca, err := os.ReadFile(l.server.ca)
	if err != nil {
		return err
	}
	return WriteKubeconfigTo(file, user, l.server.url, ca)
}

// WriteKubeconfigTo writes a kubeconfig with which user reaches whatever
// listens at url and shows a certificate signed by ca.
func WriteKubeconfigTo(file, user, url string, ca []byte) error {
	return writeKubeconfig(file, user, url, ca, &api.AuthInfo{Token: token(user)})
}

func writeKubeconfig(file, user, url string, ca []byte, auth *api.AuthInfo) error {
	config := api.NewConfig()
	config.Clusters["lab"] = &api.Cluster{Server: url, CertificateAuthorityData: ca}
	config.AuthInfos[user] = auth
	config.Contexts["lab"] = &api.Context{Cluster: "lab", AuthInfo: user}
	config.CurrentContext = "lab"
	return clientcmd.WriteToFile(*config, file)
}
