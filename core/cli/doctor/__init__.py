"""What `hardlook doctor` looks at: each check is a function that opens no connection and leaves nothing behind."""
