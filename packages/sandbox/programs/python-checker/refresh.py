"""Arguments after a call."""


def refresh(old, new):
    """Makes an argument what the call has made of it."""
    if type(old) is not type(new):
        return
    if type(old) is list:
        n = min(len(old), len(new))
        for i in range(n):
            if type(old[i]) is type(new[i]) and type(old[i]) in (list, dict, set):
                refresh(old[i], new[i])
            else:
                old[i] = new[i]
        del old[n:]
        old.extend(new[n:])
    elif type(old) is bytearray:
        old[:] = new
    elif type(old) is dict:
        for k in [k for k in old if k not in new]:
            del old[k]
        for k, v in new.items():
            if k in old and type(old[k]) is type(v) and type(v) in (list, dict, set):
                refresh(old[k], v)
            else:
                old[k] = v
    elif type(old) is set:
        old.clear()
        old.update(new)
    elif type(old) is tuple:
        for a, b in zip(old, new):
            refresh(a, b)
