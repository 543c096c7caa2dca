"""The local web: REST and its jobs, and the page.

The page (`phasecall.web.page`) has processes of its own, which remember what a visitor asked before; it
shares the server, `limits.Limits`, `safety` and the shape of faults with REST. Work for REST is done by jobs,
each in a process of its own. Whoever has files and options does this, on a loop of asyncio (`submit` writes
files: from there better by `asyncio.to_thread`)::

    desk = Dispatcher(folder, Limits())          # phasecall.web.dispatch
    desk.start()
    job = desk.submit("calls", [("file", "course.tsv", opened)], Options(sync=["alpha"]), client="script")
    job = await desk.wait(job.id, 1.0)           # job.state, job.share, job.stage; job.error where it failed
    calls, courses = load_kept(desk.folder_of(job.id))   # phasecall.web.keeping, once job.state is DONE
    path = await desk.result(job.id, "xlsx")     # the file, made when it is first asked for
    desk.cancel(job.id), desk.forget(job.id)

Another kind of work is a row of `phasecall.web.work.KINDS`. The application of `phasecall.web.api.make_app`
has the dispatcher as `app.state.desk`; what an address may load is a row of `phasecall.web.safety.POLICIES`.
"""
