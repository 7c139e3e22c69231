"""What a reviewer needs: the next image, its card, and what the decisions so far are worth."""
