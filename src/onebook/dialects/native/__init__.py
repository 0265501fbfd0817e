"""The native API: the canonical contact as it is, with cursors, ETags and idempotent POSTs."""
