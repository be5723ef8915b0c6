"""Care of customers: birthdays, festivals, anniversaries, key and changing customers."""
