"""The dialect of Vitec Connect's CRM/Contact, in JSON and XML; README.md says what is served."""
