package envoy

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// overHTTP2 sends the request with its values as they are, for net/http would refuse some.
func overHTTP2(conn net.Conn, r *trial.Request) Reply {
	none := func(why string) Reply { return Reply{Answer: trial.Answer{Rule: -1, Refusal: why}} }
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		return none("connect")
	}
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for _, h := range append([]trial.Header{
		{Name: ":method", Value: r.Method}, {Name: ":scheme", Value: "http"}, {Name: ":authority", Value: r.Host}, {Name: ":path", Value: r.Target},
	}, r.Headers...) {
		if err := encoder.WriteField(hpack.HeaderField{Name: strings.ToLower(h.Name), Value: h.Value}); err != nil {
			return none(err.Error())
		}
	}
	framer := http2.NewFramer(conn, conn)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	if framer.WriteSettings() != nil || framer.WriteHeaders(http2.HeadersFrameParam{
		StreamID: 1, BlockFragment: block.Bytes(), EndStream: true, EndHeaders: true,
	}) != nil {
		return none("connect")
	}
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return none("HTTP/2 closed")
		}
		switch f := frame.(type) {
		case *http2.MetaHeadersFrame:
			status, err := strconv.Atoi(f.PseudoValue("status"))
			if err != nil {
				return none("an answer that is no HTTP")
			}
			h := http.Header{}
			for _, field := range f.RegularFields() {
				h.Add(field.Name, field.Value)
			}
			return reply(status, h)
		case *http2.RSTStreamFrame:
			return none(fmt.Sprintf("HTTP/2 %s", f.ErrCode))
		case *http2.GoAwayFrame:
			return none(fmt.Sprintf("HTTP/2 %s", f.ErrCode))
		}
	}
}
