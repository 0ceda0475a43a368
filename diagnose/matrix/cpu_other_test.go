//go:build !unix

package matrix_test

import "time"

// cpu stands in for how long the processors have worked for this process.
func cpu() time.Duration { return time.Duration(time.Now().UnixNano()) }
