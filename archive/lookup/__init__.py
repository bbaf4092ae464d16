"""The read side: every look passes the gate, is answered inside the actor's scope and recorded."""
