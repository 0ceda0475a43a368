// Command krew packages the plugin for krew, the package manager of kubectl plugins:
//
//	go run ./krew package                              every platform, into dist/
//	go run ./krew package -platform linux/arm64        only that one
//	go run ./krew manifest -version v1.2.3 -dir dist   the manifest of archives that are there
//
// An archive holds the plugin, the licences and the man pages. It is the same, byte for
// byte, whenever the source, the version and Go are the same, wherever it is made.
package main
