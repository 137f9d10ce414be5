import json
def tables(r): return json.dumps(r, indent=1)
def write(r): pass
