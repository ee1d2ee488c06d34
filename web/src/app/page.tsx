export default function Page() { return <h1>Bulkhead</h1>; }
