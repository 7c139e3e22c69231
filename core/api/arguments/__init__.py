"""Reading what people pass: arrays, labels, images. The one place where an argument is taken or refused."""
