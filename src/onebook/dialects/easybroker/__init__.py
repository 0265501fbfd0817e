"""EasyBroker: contact requests, of accounts and of integration partners, and what their callers read around them."""
