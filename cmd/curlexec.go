package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Flags of kubectl exec that take an argument, by what they mean here.
var (
	execNamespace = []string{"-n", "--namespace"}
	execAdopted   = []string{"--context", "--kubeconfig", "--cluster", "--user", "--server", "--as", "-s"}
	execIdle      = []string{
		"-c", "--container", "--pod-running-timeout", "--request-timeout", "--as-group", "--as-uid", "--token", "-v", "--v",
		"--certificate-authority", "--client-certificate", "--client-key", "--tls-server-name", "--cache-dir", "--password", "--username",
	}
)

// readExec reads `[flags] exec POD|TYPE/NAME [flags] -- COMMAND…`, without
// kubectl itself, and returns the command.
func (c *curlCommand) readExec(words []string) (command []string, err error) {
	end := slices.Index(words, "--")
	before, command := words, []string(nil)
	if end >= 0 {
		before, command = words[:end], words[end+1:]
	}
	var names []string
	namespace := ""
	for len(before) > 0 {
		flag, value, attached := splitFlag(before[0])
		before = before[1:]
		if flag == "" {
			names = append(names, value)
			continue
		}
		takes := slices.Contains(execNamespace, flag) || slices.Contains(execAdopted, flag) || slices.Contains(execIdle, flag)
		if takes && !attached {
			if len(before) == 0 {
				return nil, fmt.Errorf("kubectl's %s has no argument", flag)
			}
			value, before = before[0], before[1:]
		}
		switch {
		case slices.Contains(execNamespace, flag):
			namespace = value
		case slices.Contains(execAdopted, flag):
			c.kubectl = append(c.kubectl, kubectlFlag{name: adoptedName(flag), value: value})
		}
	}
	if len(names) == 0 || names[0] != "exec" {
		return nil, errors.New("of kubectl's commands only exec runs curl in a Pod: want kubectl exec POD -- curl …")
	}
	if len(names) != 2 || end < 0 {
		return nil, errors.New("want kubectl exec POD -- curl …, with -- before curl")
	}
	c.source = execSource(names[1], namespace)
	return command, nil
}

// splitFlag splits --flag=value and -nvalue. A word that is no flag is a value.
func splitFlag(word string) (flag, value string, attached bool) {
	if len(word) < 2 || word[0] != '-' {
		return "", word, false
	}
	if strings.HasPrefix(word, "--") {
		flag, value, attached = strings.Cut(word, "=")
		return flag, value, attached
	}
	if strings.IndexByte("ncsv", word[1]) >= 0 && len(word) > 2 {
		return word[:2], strings.TrimPrefix(word[2:], "="), true
	}
	return word, "", false
}

func adoptedName(flag string) string {
	if flag == "-s" {
		return "server"
	}
	return strings.TrimPrefix(flag, "--")
}

// execSource is what exec runs in, as a SOURCE. To exec a name alone is a Pod's.
func execSource(name, namespace string) string {
	if !strings.Contains(name, "/") {
		name = "pod/" + name
	}
	if namespace != "" {
		name += "." + namespace
	}
	return name
}
