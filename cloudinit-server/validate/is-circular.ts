/** Whether a value contains itself, as YAML's references allow. */
export function isCircular(value: unknown): boolean {
  const finished = new Set<object>();
  const open = new Set<object>();
  const visit = (item: unknown): boolean => {
    if (typeof item !== 'object' || item === null || finished.has(item)) return false;
    if (open.has(item)) return true;
    open.add(item);
    const found = Object.values(item).some(visit);
    open.delete(item);
    finished.add(item);
    return found;
  };
  return visit(value);
}
