"""Messages between people and from the system (信息管理): public functions are in `core.messages.services`."""
