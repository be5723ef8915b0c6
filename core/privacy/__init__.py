"""Personal data: requests of people, copies, holding, erasing, and the record of who looked."""
