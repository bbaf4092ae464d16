"""Hand-over of a closed system: what was declared against what was received and kept, minutes, check, switch-off.

All of it is counted from the holdings, so that anybody can repeat it at any time.
"""
