# The engine as the core sees it. Every call that can fail raises through `raise_error`.

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libcpp cimport bool as cbool
from libcpp.string cimport string
from libcpp.utility cimport pair
from libcpp.memory cimport shared_ptr
from libcpp.vector cimport vector

cdef extern from "core_support.h" namespace "ag::core" nogil:
    void raise_error() except *
    void set_exceptions(object kinds)
    uint64_t current_thread_generation()
    void install_hooks()
    size_t address_of_machine_code_is_to_stop()
    void release_owner(void* owner)
    void be_no_sequence(object)
    int given_derivatives()
    void enter_given_derivative()
    void leave_given_derivative()
    const char* compiler_name()

cdef extern from "core_places.h" namespace "ag::core":
    uint64_t place_here() noexcept nogil
    uint64_t count_errors_of_handlers() noexcept nogil
    list place_frames(uint64_t)
    void forget_places()
    object user_frame()
    void set_place_limit(int)
    void set_library_folder(object)

cdef extern from "work.h" namespace "ag" nogil:
    cppclass Work:
        int64_t records, bytes
    Work work_done

cdef extern from "array.h" namespace "ag" nogil:
    cdef enum DType "ag::DType":
        pass
    cdef enum:
        DTYPE_COUNT "ag::dtype_count"
    int itemsize(DType)
    cbool is_complex(DType)
    cbool is_floating(DType)
    cbool is_integer(DType)
    cbool is_differentiable(DType)
    DType real_dtype(DType)
    cbool fits_inline(DType)

    cppclass Shape:
        int rank
        int64_t dims[32]
        Shape()
        Shape(const int64_t*, int)
        void push(int64_t) except +raise_error
        int64_t size() except +raise_error

    cppclass Array:
        DType dtype
        uint8_t rank
        cbool contiguous
        int64_t size
        char* data
        int64_t* shape()
        int64_t* strides()
        cbool fortran_contiguous()
        @staticmethod
        Array* foreign(DType, char*, const Shape&, const int64_t*, void*, void (*)(void*)) except +raise_error
        void drop()

    cppclass Value:
        uint64_t bits
        Array* array
        uint32_t node
        DType dtype
        cbool is_array
        Value()
        Value(const Value&)
        int rank()
        int64_t size()
        int64_t extent(int)
        Shape shape()
        cbool contiguous()
        cbool same_shape(const Value&)
        const char* data()
        char* mutable_data()
        Value detached()
        void swap(Value&)
        @staticmethod
        Value take(Array*)

    Value value_from_bits "ag::Value::from_bits"(DType, uint64_t)
    Value value_constant "ag::Value::constant"(DType, double) except +raise_error
    Value make_value(DType, const Shape&) except +raise_error
    Value contiguous(const Value&) except +raise_error
    Value fresh_copy(const Value&) except +raise_error
    Array* as_array(const Value&) except +raise_error
    void normalise_booleans(char*, int64_t)
    void trim "ag::memory::trim"()

cdef extern from "program.h" namespace "ag" nogil:
    cppclass CallRead "ag::CallInputs::Read":
        uint32_t node
        uint32_t before
        cbool truth
        Value value
    cppclass CallPart "ag::CallInputs::Part":
        cbool is_open, is_bound
        uint32_t since
    cppclass CallOperands "ag::CallInputs::Inputs":
        uint32_t size()
        const Value& operator[](size_t)
    cppclass CallInputs:
        uint32_t first()
        void note_reads(void*, cbool)
        void* owner()
        const char* why_bound()
        const vector[CallRead]& reads()
        const CallPart& part()
        void set_part(const CallPart&)
        void forget_reads(size_t)
        void note_read(uint32_t, const Value&, cbool, uint32_t)
        const CallOperands* find(uint32_t)
        void sample()

cdef extern from "log.h" namespace "ag" nogil:
    cppclass ReadObserver:
        void* object
        void (*read)(void*, const TensorData&) noexcept

    cppclass Record:
        uint16_t op

    const uint16_t input_op

    cppclass LogUse:
        cbool consumed

    cppclass Log:
        uint64_t epoch
        int64_t elements
        LogUse use
        uint32_t size()
        CallInputs* program
        const Record& at "operator[]"(uint32_t)
        const TypeEntry& type_of_node(uint32_t)
        const ReadObserver* observer()
        void observe(const ReadObserver*)
        void keep()
        void let_go()

    cppclass TypeEntry:
        DType dtype
        Shape shape

    cppclass TensorData:
        Value value
        uint64_t epoch
        cbool in_side
        uint8_t assigned

    Log* active_log
    cbool checking
    void set_checking(cbool)
    uint32_t node_of(const TensorData&, const Log*)
    uint32_t known_node(const TensorData&, const Log*)
    Value traced(const TensorData&) except +raise_error
    Value untraced(const TensorData&) except +raise_error
    uint32_t active_node(const TensorData&) except +raise_error
    const int strict_tapes  # atomic
    void bind_result(TensorData&, Value&)
    const uint32_t no_node

cdef extern from "tape.h" namespace "ag" nogil:
    cppclass WatchedNodes "ag::SmallVector<ag::u32, 4>":
        cbool empty()
        const uint32_t* begin()

    cppclass Tape:
        void* owner
        cbool watch_accessed
        cbool never_asked
        cbool recording
        cbool forward
        int strict
        cbool knows(uint32_t)
        uint32_t begin()
        uint32_t end()
        const WatchedNodes& watched()
        cbool entered()
        cbool watches(uint32_t)
        Log* log()
        void enter() except +raise_error
        void leave() except +raise_error
        void set_aside() except +raise_error
        void stay_aside()
        cbool asked()
        void wait_for_sweeps() except +raise_error
        void reset() except +raise_error
        void discard()
        cbool watch(TensorData&) except +raise_error
        cbool only_asked()
        cbool has_operations(uint32_t)
        void count_operations(int64_t*)

    cppclass ThreadState:
        vector[Tape*] open
        int forward
        uint64_t generation
    ThreadState& thread_state() except +raise_error

cdef extern from "tape_records.h" namespace "ag" nogil:
    cppclass TapeRecord:
        uint32_t node
        uint16_t op
        TypeEntry type
        vector[uint32_t] inputs
        vector[int64_t] attributes
        uint64_t place
    vector[TapeRecord] engine_tape_records "ag::tape_records"(const Tape&) except +raise_error
    cppclass TimedRecord "ag::SweepTimes::Entry":
        uint16_t op
        TypeEntry type
        uint64_t place
        double nanoseconds
    cppclass SweepTimes:
        SweepTimes()
        const vector[TimedRecord]& entries()

cdef extern from "sharing.h" namespace "ag" nogil:
    cppclass Claim:
        cbool take(Tape&, cbool) except +raise_error
        cbool alone()
        void use_up()

cdef extern from "ops/scalar.h" namespace "ag" nogil:
    cbool plain_float(const TensorData&)
    uint64_t float_bits(DType, double)
    cbool scalar_binary(uint16_t, DType, uint64_t, uint32_t, uint64_t, uint32_t, TensorData&) except +raise_error
    cbool scalar_unary(uint16_t, DType, uint64_t, uint32_t, TensorData&) except +raise_error

cdef extern from "ops/table.h" namespace "ag" nogil:
    cdef enum class Scatter:
        spread
        in_place
        moved
    cppclass Host
    cdef enum Effect "ag::Effect":
        EFFECT_NONE "ag::Effect::none"
        EFFECT_PYTHON "ag::Effect::python"
    cppclass OpInfo:
        uint8_t arity
        cbool elementwise
        uint8_t kinds
        cbool to_boolean
        uint8_t differentiable
        uint8_t attributes
        uint8_t inputs
        cbool many
        cbool has_run "run"
        cbool has_batched "batched"
        cbool has_pattern "pattern"
        Scatter scatter
        Host* host
        Effect effect
    cppclass OpText:
        const char* name
        const char* called
        const char* names
        const char* numpy
        const char* arguments
        double low
        double high
        const char* summary
    cdef enum:
        MAX_OPS "ag::max_ops"
    OpInfo op_table[MAX_OPS]
    OpText op_text[MAX_OPS]
    const uint8_t output_extents
    const uint8_t any_number
    int op_count
    void initialise() except +raise_error

cdef extern from "ops/table.h" namespace "ag::Op" nogil:
    const uint16_t OP_add "ag::Op::add"
    const uint16_t OP_subtract "ag::Op::subtract"
    const uint16_t OP_multiply "ag::Op::multiply"
    const uint16_t OP_divide "ag::Op::divide"
    const uint16_t OP_floordiv "ag::Op::floordiv"
    const uint16_t OP_mod "ag::Op::mod"
    const uint16_t OP_pow "ag::Op::pow"
    const uint16_t OP_negative "ag::Op::negative"
    const uint16_t OP_abs "ag::Op::abs"
    const uint16_t OP_second_power "ag::Op::second_power"
    const uint16_t OP_round "ag::Op::round"
    const uint16_t OP_equal "ag::Op::equal"
    const uint16_t OP_not_equal "ag::Op::not_equal"
    const uint16_t OP_less "ag::Op::less"
    const uint16_t OP_less_equal "ag::Op::less_equal"
    const uint16_t OP_greater "ag::Op::greater"
    const uint16_t OP_greater_equal "ag::Op::greater_equal"
    const uint16_t OP_logical_and "ag::Op::logical_and"
    const uint16_t OP_logical_or "ag::Op::logical_or"
    const uint16_t OP_logical_xor "ag::Op::logical_xor"
    const uint16_t OP_logical_not "ag::Op::logical_not"
    const uint16_t OP_bitwise_and "ag::Op::bitwise_and"
    const uint16_t OP_bitwise_or "ag::Op::bitwise_or"
    const uint16_t OP_bitwise_xor "ag::Op::bitwise_xor"
    const uint16_t OP_invert "ag::Op::invert"
    const uint16_t OP_left_shift "ag::Op::left_shift"
    const uint16_t OP_right_shift "ag::Op::right_shift"

cdef extern from "ops/call.h" namespace "ag" nogil:
    cppclass Call:
        Call(const int64_t*, size_t, const Value* const*, size_t)
        int64_t attribute(size_t)
        size_t size()
        const Value& operator[](size_t)
    Value op_call "ag::call_any"(uint16_t, const Call&) except +raise_error
    Value op_stop "ag::stop"(const TensorData&) except +raise_error

cdef extern from "ops/ufunc.h" namespace "ag" nogil:
    cppclass UfuncLoop:
        pass
    int ufunc_row_count()
    const char* ufunc_row_name(int)
    void set_ufunc_loop(int, cbool, UfuncLoop)

cdef extern from "core_ufuncs.h" namespace "ag::core":
    cbool ufunc_loop(object, const char*, int, int, int, UfuncLoop*)

cdef extern from "pattern.h" namespace "ag" nogil:
    cppclass Pattern:
        pass
    Value dense(const Pattern&, int64_t, int64_t) except +raise_error

cdef extern from "instruction.h" namespace "ag" nogil:
    cppclass HostRef:
        HostRef()
        Host* get()
    HostRef take_host "ag::HostRef::take"(Host*)
    cppclass Instruction:
        uint16_t op
        vector[int64_t] attributes
        vector[uint32_t] inputs
        uint32_t output
        HostRef own
    uint32_t output_count(const Instruction&)
    cppclass Code:
        vector[TypeEntry] types
        vector[uint32_t] slot_types
        vector[pair[uint32_t, Value]] constants
        vector[Instruction] instructions
        vector[uint64_t] places
        const TypeEntry& type(uint32_t)
        uint32_t slot_count()
        cbool is_of_type(uint32_t, const Value&)

cdef extern from "code_checks.h" namespace "ag" nogil:
    cbool takes_code(uint16_t)
    cppclass SegmentCode:
        uint32_t end, parent
        vector[uint32_t] reads
    void require_sound_paths "ag::require_sound"(const Code&, const vector[uint32_t]&, const vector[SegmentCode]&) except +raise_error
    void require_types_of_code "ag::require_types"(const Code&) except +raise_error
    void require_types_of_segment "ag::require_types"(const Code&, uint32_t, uint32_t, const vector[uint8_t]&, const vector[Value]&) except +raise_error

cdef extern from "ops/row_texts.h" namespace "ag" nogil:
    const char* row_expression(uint16_t)

cdef extern from "simplify.h" namespace "ag" nogil:
    cppclass Simplified:
        Simplified(const Code&, uint32_t, uint32_t, const vector[uint8_t]&) except +raise_error
        vector[uint32_t] kept
        vector[uint32_t] same
        vector[pair[uint32_t, Value]] constants
        vector[uint32_t] constant_of

cdef extern from "compiled.h" namespace "ag" nogil:
    ctypedef int (*CompiledFunction "ag::Compiled::Function")(const void* const*, void* const*, void*)
    cppclass CompiledRun "ag::Compiled::Run":
        pass
    cppclass Compiled:
        Compiled()
        Compiled(const Code&, CompiledFunction, vector[uint32_t], vector[uint32_t], int64_t) except +raise_error
        void begin(vector[Value]&, CompiledRun&) except +raise_error
        cbool call(CompiledRun&)

cdef extern from "program.h" namespace "ag" nogil:
    cppclass ProgramMode:
        void begin() except +raise_error
        cbool try_begin() except +raise_error
        void end()
        void pause()
        void resume()
        cbool observe(const ReadObserver*)
        void note_other_threads()
        cbool bound()
        CallInputs& inputs()
        Tape tape
    void note_values_read(const TensorData&) except +raise_error
    void note_value_read "ag::note_values_read"(const Value&) except +raise_error
    void note_truth_read "ag::note_values_read"(const TensorData&, cbool) except +raise_error
    void c_bind_program "ag::bind_program"()
    cppclass ProgramScope "ag::Program::Scope":
        ProgramScope()
        cbool connected
        uint32_t since
        vector[Value]* captured
        vector[uint32_t] constants
    cppclass EngineProgram "ag::Program":
        EngineProgram(const Tape&, const vector[uint32_t]&, const vector[Value]&, const ProgramScope&) except +raise_error
        EngineProgram(Code, uint32_t, vector[uint32_t]) except +raise_error
        const Code& code()
        uint32_t input_count()
        const vector[uint32_t]& c_outputs "outputs"()
        vector[Value] run(const vector[Value]&) except +raise_error
        vector[Value] run_batched(const vector[Value]&, const vector[uint8_t]&, int64_t) except +raise_error
        vector[Pattern] patterns() except +raise_error
        vector[double] times(const vector[Value]&) except +raise_error
        size_t size()
        cbool needs_python()
        cbool is_believed()

cdef extern from "plan.h" namespace "ag" nogil:
    cppclass Plan:
        Plan(const Code&, uint32_t, uint32_t, const vector[uint8_t]&) except +raise_error
        void run(vector[Value]&) except +raise_error

cdef extern from "composite.h" namespace "ag" nogil:
    cppclass EngineComposite "ag::Composite":
        pass
    HostRef make_branch(vector[shared_ptr[const EngineProgram]]) except +raise_error
    vector[Value] call_composite "ag::call_composite_of"(const HostRef&, const vector[Value]&) except +raise_error
    cppclass Composed:
        Composed()
        string kind
        string name
        vector[int64_t] numbers
        vector[shared_ptr[const EngineProgram]] programs
        HostRef of

cdef extern from "expanding.h" namespace "ag" nogil:
    shared_ptr[const EngineProgram] expanded "ag::expanded_of"(const HostRef&) except +raise_error

cdef extern from "composed.h" namespace "ag" nogil:
    HostRef make_composite(const Composed&) except +raise_error
    Composed composed_of(const HostRef&) except +raise_error

cdef extern from "custom.h" namespace "ag" nogil:
    const char* const closed_over_message
    cppclass CustomSpec:
        string name
        shared_ptr[const EngineProgram] gradient
        vector[uint32_t] answers
        cbool closes_over
        cbool passes
    HostRef make_custom(CustomSpec, const vector[Value]&, const vector[Value]&, const vector[Value]&, HostRef) except +raise_error
    void forget_above(const HostRef&, cbool)
    HostRef make_checkpoint(shared_ptr[const EngineProgram]) except +raise_error

cdef extern from "pure.h" namespace "ag" nogil:
    HostRef make_pure(HostRef, vector[TypeEntry], vector[TypeEntry]) except +raise_error

cdef extern from "loops.h" namespace "ag" nogil:
    cppclass Round:
        Round(shared_ptr[const EngineProgram], uint32_t, uint32_t) except +raise_error
    cppclass LoopSpec:
        shared_ptr[const Round] round
        shared_ptr[const EngineProgram] condition
        int64_t count
        cbool backwards, checkpoints
    vector[Value] run_loop(const LoopSpec&, const vector[Value]&) except +raise_error

cdef extern from "numerics.h" namespace "ag" nogil:
    cbool checking_results "ag::checking"

cdef extern from "path.h" namespace "ag" nogil:
    cppclass PathWriter:
        PathWriter(const Tape&, Code&) except +raise_error
        void place(uint32_t, uint32_t) except +raise_error
        uint32_t add(uint32_t) except +raise_error
        void write(uint32_t, uint32_t) except +raise_error
        cbool follow(uint32_t, uint32_t, uint32_t, uint32_t) except +raise_error
        void leave_out(const vector[pair[uint32_t, uint32_t]]&, const vector[uint32_t]&) except +raise_error
        uint32_t slot_of(const Value&) except +raise_error
        uint32_t slot_of_node(uint32_t) except +raise_error
        cbool both_constant(uint32_t, uint32_t)
        cbool foreign()
    cppclass Uses:
        vector[uint8_t] needed, runs
    Uses uses_of(const Code&, const vector[uint32_t]&, vector[uint8_t]) except +raise_error
    void walk(const Code&, uint32_t, uint32_t, const vector[uint8_t]&, vector[Value]&) except +raise_error
    cbool same_elements(const Value&, const Value&) except +raise_error
    cbool is_true(const Value&) except +raise_error
    void fill_constants(const Code&, vector[Value]&) except +raise_error
    vector[uint8_t] slots_with_memory(const Code&) except +raise_error
    void let_go(vector[Value]&, const vector[uint8_t]&)

cdef extern from "thread_state.h" namespace "ag" nogil:
    cppclass PauseChecks:
        PauseChecks()
    cppclass PauseRecording:
        PauseRecording() except +raise_error

cdef extern from "ops/ops.h" namespace "ag" nogil:
    Value op_assigned "ag::assigned"(const Value&, const Value&) except +raise_error
    cppclass ViewSpec:
        int in_rank
        int64_t start[32]
        int64_t step[32]
        int to[32]
        Shape out

    cppclass Arrangement:
        void add_axis() except +raise_error
        void add_run(int64_t, int64_t, int64_t) except +raise_error

    Value op_arrange "ag::arrange"(const Value&, const Arrangement&, const Value&) except +raise_error
    Value op_zeros "ag::zeros"(DType, const Shape&) except +raise_error
    Value op_unary "ag::unary"(uint16_t, const Value&) except +raise_error
    Value op_binary "ag::binary"(uint16_t, const Value&, const Value&) except +raise_error
    Value op_select "ag::select"(const Value&, const Value&, const Value&) except +raise_error
    Value op_cast "ag::cast"(const Value&, DType) except +raise_error
    Value op_converted "ag::converted"(const Value&, DType) except +raise_error
    Value op_conj "ag::conj"(const Value&) except +raise_error
    Value op_real_part "ag::real_part"(const Value&) except +raise_error
    Value op_imaginary_part "ag::imaginary_part"(const Value&) except +raise_error
    Value op_full "ag::full"(DType, const Shape&, double) except +raise_error
    Value op_reshape "ag::reshape"(const Value&, const Shape&) except +raise_error
    Value op_broadcast_to "ag::broadcast_to"(const Value&, const Shape&) except +raise_error
    Value op_transpose "ag::transpose"(const Value&, const int*) except +raise_error
    Value op_view "ag::view"(const Value&, const ViewSpec&) except +raise_error
    void make_writable "ag::make_writable"(Value&) except +raise_error
    Value op_slice_axis "ag::slice_axis"(const Value&, int, int64_t, int64_t, cbool) except +raise_error
    Value op_identity "ag::identity"(const Value&) except +raise_error
    Value op_concat "ag::concat"(const vector[Value]&, int) except +raise_error
    Value op_stack "ag::stack"(const vector[Value]&, int) except +raise_error
    Value op_sum "ag::sum"(const Value&, uint32_t, cbool) except +raise_error
    Value op_mean "ag::mean"(const Value&, uint32_t, cbool) except +raise_error
    Value op_prod "ag::prod"(const Value&, uint32_t, cbool) except +raise_error
    Value op_extremum "ag::extremum"(const Value&, uint32_t, cbool, cbool) except +raise_error
    Value op_any_all "ag::any_all"(const Value&, uint32_t, cbool, cbool) except +raise_error
    Value op_arg_extremum "ag::arg_extremum"(const Value&, int, cbool, DType) except +raise_error
    Value op_norm "ag::norm"(const Value&, uint32_t, cbool) except +raise_error
    Value op_logsumexp "ag::logsumexp"(const Value&, uint32_t, cbool) except +raise_error
    Value op_gather "ag::gather"(const Value&, const Value&, cbool, uint32_t) except +raise_error
    Value op_scatter_add "ag::scatter_add"(const Value&, const Value&, int64_t) except +raise_error
    Value op_scatter_add_into "ag::scatter_add"(const Value&, const Value&, const Shape&, uint32_t) except +raise_error
    Value op_gather_joint "ag::gather_joint"(const Value&, const vector[Value]&, const vector[int64_t]&, uint32_t) except +raise_error
    Value op_nonzero_flat "ag::nonzero_flat"(const Value&) except +raise_error
    cdef enum Combine "ag::Combine":
        COMBINE_replaced "ag::Combine::replaced"
        COMBINE_sum "ag::Combine::sum"
        COMBINE_smaller "ag::Combine::smaller"
        COMBINE_larger "ag::Combine::larger"
    void op_assign "ag::assign"(TensorData&, const ViewSpec&, const Value&) except +raise_error
    void op_assign_rows "ag::assign_rows"(TensorData&, const Value&, uint32_t, const Value&) except +raise_error
    Value op_joint_indices "ag::joint_indices"(const vector[Value]&, const vector[int64_t]&) except +raise_error
    void put_along_view(Value&, const ViewSpec&, const Value&) except +raise_error
    Value op_scatter "ag::scatter"(Combine, const Value&, const Value&, uint32_t, const Value&) except +raise_error
    void scatter_checked(Value&, const Value&, uint32_t, const Value&, Combine, const char*) except +raise_error
    Value op_flat_indices "ag::flat_indices"(const Value&, const Shape&) except +raise_error
    Value op_matmul "ag::matmul"(const Value&, const Value&, cbool, cbool) except +raise_error

cdef extern from "ops/host.h" namespace "ag" nogil:
    cppclass HostSpec:
        string name
        uint8_t inputs, arity, outputs, attributes
        uint32_t keeps, dtypes
        cbool leading
    cppclass Host:
        HostSpec spec
        void drop()
    cppclass Flags:
        size_t size()
        uint8_t& operator[](size_t)
    cppclass HostCall:
        vector[int64_t] attributes
        vector[Value] inputs
        vector[Value] outputs
        vector[const TypeEntry*] of_inputs
    cdef enum Given "ag::HostPull::Given":
        RECORDED "ag::HostPull::recorded"
        UNRECORDED "ag::HostPull::unrecorded"
    cppclass HostPull(HostCall):
        vector[Value] cotangents
        Flags reached
        Flags wanted
        vector[Value] answers
        Flags given
    cppclass HostPush(HostCall):
        vector[Value] tangents
        Flags reached
        vector[Value] zeros
        size_t output
        Value answer
        uint8_t given
    cppclass HostFunctions:
        int (*run)(void*, const Call&, vector[Value]&) except -1
        int (*pull)(void*, HostPull&) except -1
        int (*push)(void*, HostPush&) except -1
        void (*release)(void*) noexcept
    Host* make_host(const HostSpec&, void*, const HostFunctions&) except +raise_error
    uint16_t define_host(Host&) except +raise_error
    vector[Value] call_host(uint16_t, const Call&) except +raise_error
    vector[uint32_t] origins(const vector[Value]&, const vector[Value]&, uint32_t) except +raise_error
    cbool engine_record_custom "ag::record_custom"(Host&, const vector[Value]&, vector[Value]&, size_t) except +raise_error

cdef extern from "ops/external.h" namespace "ag" nogil:
    cppclass ExternalOperation "autograd_c_operation":
        pass
    cppclass External:
        @staticmethod
        External* create(const ExternalOperation&, void*, void (*)(void*) noexcept) except +raise_error
        void drop()
        size_t input_count()
        cbool is_slow()
        DType dtype()
        const char* name()
        const char* signature()
        Value call(const Value*) except +raise_error
cdef extern from "numerics.h" namespace "ag" nogil:
    cppclass NonFinite:
        int64_t negative
        int64_t positive
        int64_t nan
    cppclass Origin:
        uint64_t place
        uint64_t asked
        uint16_t derivative_of
    cppclass Operand "ag::Finding::Operand":
        const char* name
        Value value
        NonFinite count
    cppclass Finding:
        int kind
        const char* operation
        int input
        int64_t batch
        Value found
        NonFinite count
        vector[Operand] operands
        Origin origin
    cppclass NumericsHooks:
        uint64_t (*here)() noexcept
        int (*tell)(const Finding&) except -1
    NumericsHooks numerics_hooks
    void check_numerics(cbool) except +raise_error
    cbool checks_numerics()
    void note_origins(cbool)
    cbool any_thread_checks()
    void check_result(const char*, const vector[Value]&, const Value&) except +raise_error

cdef extern from "kernels/loops.h" namespace "ag" nogil:
    void convert_into(const Value&, const Shape&, DType, char*) except +raise_error

cdef extern from "kernels/select.h" namespace "ag" nogil:
    cdef cppclass InstructionSet:
        const char* name
        cbool present
    const vector[InstructionSet]& instruction_sets()
    const char* instruction_set()

cdef extern from "kernels/vector_math.h" namespace "ag" nogil:
    const char* vector_math()

cdef extern from "blas.h" namespace "ag::blas" nogil:
    const char* blas_description "ag::blas::description"()

cdef extern from "slots.h" namespace "ag" nogil:
    cppclass Seed:
        uint32_t node
        Value value
    cppclass Rows "ag::Slots::Rows":
        Value indices
        Value values
    cppclass Answer:
        cbool connected
        Value value
        vector[Rows] rows

cdef extern from "reverse.h" namespace "ag" nogil:
    void reverse_sweep(const Tape&, const Seed*, size_t, const uint32_t*, size_t, Answer*, cbool) except +raise_error

cdef extern from "tangents.h" namespace "ag" nogil:
    cppclass TangentTable:
        TangentTable(const Tape&)
        void seed(uint32_t, const Value&, uint32_t) except +raise_error
        void advance(uint32_t) except +raise_error
        void require(uint32_t) except +raise_error
        cbool behind(uint32_t)
        uint32_t position()
        const Value* find(uint32_t)
    void forward_sweep(const Tape&, const Seed*, size_t, const uint32_t*, size_t, Answer*) except +raise_error

cdef extern from "jacobian.h" namespace "ag" nogil:
    void jacobian_sweep(const Tape&, const Seed&, const uint32_t*, size_t, Answer*, cbool) except +raise_error

cdef extern from "update.h" namespace "ag" nogil:
    cdef enum Rule "ag::Rule":
        RULE_descent "ag::Rule::descent"
        RULE_average "ag::Rule::average"
    const int rule_count
    const char* rule_name(int)
    int slot_count(Rule)
    cppclass Update:
        Value* variable
        Value* slots[3]
        double keep
        double scale
        Value gradient
        cbool sparse
        Value indices
        void set_gradient(const Value&) except +raise_error
        void set_rows(const Value&, const Value&) except +raise_error
    void clip_by_norm(vector[Update]&, double) except +raise_error
    void clip_by_global_norm(vector[Update]&, double) except +raise_error
    void clip_by_value(vector[Update]&, double) except +raise_error
    void add_to_gradient(Update&, const Value&) except +raise_error
    void make_writable(Value&) except +raise_error
    void prepare_updates(Rule, vector[Update]&) except +raise_error
    void run_updates(Rule, const double*, vector[Update]&)
