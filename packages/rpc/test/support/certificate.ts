// A certificate for localhost that nobody trusts, and its key, made for these tests and used nowhere else:
// openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=localhost \
//   -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1'
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUXDBRviIQ6vVSV/KGP5GZOGlGK9QwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTEzNDUzNFoYDzIxMjYxMDI4
MTM0NTM0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAR5ryu6zTYKyS53kl1+Ck8apRMyHjmc0nq7aqYr4CWaha9ip/hkNEzn
cIay8kcwCJsGLUwR1OWbh73qdI+Tozoxo28wbTAdBgNVHQ4EFgQUYKg4QBkavOCS
opPn5Cf0EotCpAwwHwYDVR0jBBgwFoAUYKg4QBkavOCSopPn5Cf0EotCpAwwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhAI7NO8HUvp1u8+wKilsZfFzfKtLbNpIaETjoRfIFJhIwAiBz
rpIwseI0+6dl6o7aZ9Y1633Jj/hWk1V4VGItdpQabw==
-----END CERTIFICATE-----
`;
export const privateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgaf5+Rmivi3qdzK8X
jARtVSAerekSqNa7FPF52J+0rIahRANCAAR5ryu6zTYKyS53kl1+Ck8apRMyHjmc
0nq7aqYr4CWaha9ip/hkNEzncIay8kcwCJsGLUwR1OWbh73qdI+Tozox
-----END PRIVATE KEY-----
`;
