"""Mail: letters to customers from the outbox, and what comes of each."""
