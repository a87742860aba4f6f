fn main() -> Result<(), crossdock::BuildError> {
    crossdock::Build::of("specs").in_module("contracts").run()
}
