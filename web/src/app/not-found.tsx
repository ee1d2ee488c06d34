// Next's own page has style elements, which the policy refuses.
export default function NotFound() { return <h1>No such page</h1>; }
