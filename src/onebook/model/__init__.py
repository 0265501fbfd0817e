"""What a contact is: pure, frozen records and the plain functions on them."""
