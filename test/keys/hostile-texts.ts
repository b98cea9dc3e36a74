/** What people type who want a statement to be another. */
export const hostileTexts = [
  "' or '1'='1",
  "'; drop table gateway_keys; --",
  '" or ""="',
  "\\'; update gateway_keys set revoked_at = 1; #",
  '` union select key_hash from gateway_keys --',
  "x' /* */ || (select 1) || '",
  '%_%',
  '{{7*7}} :id ? @x',
  'Zoë 🦊',
]
