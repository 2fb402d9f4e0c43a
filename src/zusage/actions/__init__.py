"""The only writers. Each action is atomic, leaves its line in the protocol, and is repeated where databases collide."""
