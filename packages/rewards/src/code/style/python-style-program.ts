/**
 * A program that reads Python code on stdin and prints facts about its syntax tree as one line of JSON. It never runs
 * the code; it is run in the sandbox all the same, since a parser can be made to crash.
 */
export const pythonStyleProgram = String.raw`
import ast, json, sys

code = sys.stdin.buffer.read().decode('utf-8', 'replace')
sys.setrecursionlimit(10000)
try:
    tree = ast.parse(code)
except (SyntaxError, ValueError, RecursionError, MemoryError) as e:
    print(json.dumps({'syntax': False, 'error': '%s: %s' % (type(e).__name__, e)}))
    sys.exit()

BRANCHES = (ast.If, ast.For, ast.While, ast.AsyncFor, ast.ExceptHandler, ast.IfExp, ast.Assert, ast.comprehension)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def complexity(f):
    count, stack = 1, list(ast.iter_child_nodes(f))
    while stack:
        node = stack.pop()
        if isinstance(node, FUNCTIONS):
            continue
        if isinstance(node, BRANCHES):
            count += 1
        elif isinstance(node, ast.BoolOp):
            count += len(node.values) - 1
        stack.extend(ast.iter_child_nodes(node))
    return count


def names(f):
    stored, read = {}, set()
    for node in ast.walk(f):
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                read.add(node.id)
            else:
                stored.setdefault(node.id, node.lineno)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            pass
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            read.update(node.names)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ('locals', 'eval', 'exec'):
            return {}, set()
    return stored, read


functions = [n for n in ast.walk(tree) if isinstance(n, FUNCTIONS)]
unused = set()
for f in functions:
    stored, read = names(f)
    unused.update(n for n in stored if n not in read and not n.startswith('_'))

imported, loaded = {}, set()
for node in ast.walk(tree):
    if isinstance(node, (ast.Import, ast.ImportFrom)) and getattr(node, 'module', '') != '__future__':
        for a in node.names:
            if a.name != '*':
                imported[(a.asname or a.name).split('.')[0]] = node.lineno
    elif isinstance(node, ast.Name):
        loaded.add(node.id)
exported = [n for n in ast.walk(tree) if isinstance(n, ast.Assign) and any(getattr(t, 'id', '') == '__all__' for t in n.targets)]

lines = code.splitlines()
handlers = [n for n in ast.walk(tree) if isinstance(n, ast.ExceptHandler)]
defaults = [d for f in functions for d in f.args.defaults + [d for d in f.args.kw_defaults if d]]
print(json.dumps({
    'syntax': True,
    'lines': sum(1 for l in lines if l.strip()),
    'longestLine': max([len(l) for l in lines], default=0),
    'functions': len(functions),
    'longestFunction': max([f.end_lineno - f.lineno + 1 for f in functions], default=0),
    'complexity': max([complexity(f) for f in functions] or [complexity(tree)]),
    'documented': sum(1 for f in functions if ast.get_docstring(f)),
    'unusedNames': sorted(unused),
    'unusedImports': [] if exported else sorted(n for n in imported if n not in loaded),
    'bareExcepts': sum(1 for h in handlers if h.type is None),
    'mutableDefaults': sum(1 for d in defaults if isinstance(d, (ast.List, ast.Dict, ast.Set))),
    'evals': sum(1 for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id in ('eval', 'exec')),
    'starImports': sum(1 for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and any(a.name == '*' for a in n.names)),
    'globals': sum(1 for n in ast.walk(tree) if isinstance(n, ast.Global)),
}))
`;
