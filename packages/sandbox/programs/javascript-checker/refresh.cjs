/** Makes an argument what a call has made of it, objects staying the same. `isHandle` tells what is the solution's own. */
function refresh(before, after, isHandle) {
  if (!isObject(before) || !isObject(after) || isHandle(before)) return;
  if (Array.isArray(before) && Array.isArray(after)) {
    after.forEach((item, index) => {
      if (isAlike(before[index], item)) refresh(before[index], item, isHandle);
      else before[index] = item;
    });
    before.length = after.length;
  } else if (before instanceof Map && after instanceof Map) {
    before.clear();
    for (const [key, item] of after) before.set(key, item);
  } else if (before instanceof Set && after instanceof Set) {
    before.clear();
    for (const item of after) before.add(item);
  } else if (!Array.isArray(after) && Object.getPrototypeOf(before) === Object.prototype) {
    for (const key of Object.keys(before)) if (!(key in after)) delete before[key];
    for (const [key, item] of Object.entries(after)) {
      if (isAlike(before[key], item)) refresh(before[key], item, isHandle);
      else before[key] = item;
    }
  }
}

function isObject(value) {
  return typeof value === 'object' && value !== null;
}

function isAlike(left, right) {
  return isObject(left) && isObject(right) && Array.isArray(left) === Array.isArray(right);
}

module.exports = { refresh };
