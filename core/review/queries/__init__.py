"""Reading reviews: queues, marks, history."""
