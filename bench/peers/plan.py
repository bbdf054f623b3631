LIBRARIES = ("hnswlib", "USearch", "FAISS")

QUICK = Plan(
    is_whole=False,
    probes_of_a_cosine=8,
    single_rounds=5,
    batch_rounds=1,
    more_batch_rounds=2,
    graph_references=30_000,
    graph_rounds=50,
    first_graphs=("USearch",),
    last_graphs=("hnswlib", "USearch"),
)
FULL = Plan(
    is_whole=True,
    probes_of_a_cosine=32,
    single_rounds=15,
    batch_rounds=3,
    more_batch_rounds=5,
    graph_references=100_000,
    graph_rounds=300,
    first_graphs=LIBRARIES,
    last_graphs=LIBRARIES,
)
