"""What must stay in the frame: the engines that look at a picture and the chain that chooses among them."""
